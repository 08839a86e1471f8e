/** Where the model vendor's processes listen when nothing else is said. */
export const CONNECTOR_PORTS = { port: 7078, operationsPort: 7178 } as const;
export const SINK_PORT = 7088;
export const SIMULATOR_PORT = 7091;
