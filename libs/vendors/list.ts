import type { Vendor } from '@entrepot/vendor-kit';
import { variablePart } from './variables.ts';

/** A vendor of this installation. Its plug-in is loaded on demand, so that the list costs nothing to read. */
export interface ListedVendor {
  /** As in topics, URLs and folders: `services/connectors/<name>`, `services/sinks/<name>`, `libs/sandboxes/<name>`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Port at which its connector takes webhooks; health and metrics are 100 above. Null: it has no source side. */
  readonly webhookPort: number | null;
  /** Port of its sink. Null: it has no target side. */
  readonly sinkPort: number | null;
  load(): Promise<Vendor>;
}

/** All vendors of this installation. Ledger, sandbox, stack, compose file and demo are made from it, or a test compares them with it. */
export const VENDORS: readonly ListedVendor[] = [
  {
    name: 'shopify',
    title: 'Shopify',
    webhookPort: 7071,
    sinkPort: null,
    load: async () => (await import('@entrepot/vendor-shopify')).shopify,
  },
  {
    name: 'sap-b1',
    title: 'SAP Business One',
    webhookPort: null,
    sinkPort: 7081,
    load: async () => (await import('@entrepot/vendor-sap-b1')).sapB1,
  },
];

/** The plug-ins of all vendors, in the order of the list. */
export function loadVendors(): Promise<Vendor[]> {
  return Promise.all(VENDORS.map((vendor) => vendor.load()));
}

/** A process of a vendor, or a part of the host: names and ports are the same. */
export interface SinkPorts {
  /** e.g. `sink-sap-b1`. */
  readonly name: string;
  readonly port: number;
  /** The variable that moves it to another port. */
  readonly portVariable: string;
}

export interface ConnectorPorts extends SinkPorts {
  readonly operationsPort: number;
  readonly operationsPortVariable: string;
}

/** Health and metrics of a connector are this far above the port of its webhooks. */
const OPERATIONS_PORT_OFFSET = 100;

/** Where the connector and the sink of a vendor listen; null for a side that it does not have. */
export function portsOf({ name, webhookPort, sinkPort }: ListedVendor): {
  readonly connector: ConnectorPorts | null;
  readonly sink: SinkPorts | null;
} {
  const variable = variablePart(name);
  return {
    connector:
      webhookPort === null
        ? null
        : {
            name: `connector-${name}`,
            port: webhookPort,
            portVariable: `CONNECTOR_${variable}_PORT`,
            operationsPort: webhookPort + OPERATIONS_PORT_OFFSET,
            operationsPortVariable: `CONNECTOR_${variable}_OPERATIONS_PORT`,
          },
    sink: sinkPort === null ? null : { name: `sink-${name}`, port: sinkPort, portVariable: `SINK_${variable}_PORT` },
  };
}
