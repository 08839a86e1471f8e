export { connectorService, type RunConnectorOptions, runConnector } from './service/run-connector.ts';
export { type ConnectorParts, type RunningConnector, startConnector } from './service/start-connector.ts';
