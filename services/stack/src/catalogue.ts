/** Variables that carry secrets, or lead to files that hold some: told to those alone that read them. */
export const PRIVATE_VARIABLES = [
  'ENTREPOT_ADMIN_TOKEN',
  'ENTREPOT_MASTER_KEY',
  'ENTREPOT_KEY_FILE',
  'ENTREPOT_CONFIG',
] as const;
type PrivateVariable = (typeof PRIVATE_VARIABLES)[number];

const MASTER_KEY = ['ENTREPOT_MASTER_KEY', 'ENTREPOT_KEY_FILE'] as const;

/** One of our own processes, as the stack runs it. */
export interface ServiceEntry {
  /** Also the name of its log. */
  name: string;
  /** What people read. */
  title: string;
  /** Its folder, from the root of the checkout. */
  folder: string;
  port: number;
  /** The variable that moves it to another port. */
  portVariable: string;
  /** Where its health and metrics are, when strangers reach its port. */
  operations?: { port: number; portVariable: string };
  /** Those of the private variables that it reads. */
  reads: readonly PrivateVariable[];
}

/** Every process of the stack, in the order of their start: what others call comes first. */
export const SERVICES: readonly ServiceEntry[] = [
  {
    name: 'sandbox',
    title: 'sandbox (Shopify, SAP B1)',
    folder: 'services/sandbox',
    port: 7090,
    portVariable: 'SANDBOX_PORT',
    reads: [],
  },
  {
    name: 'ledger',
    title: 'ledger, admin API',
    folder: 'services/ledger',
    port: 7070,
    portVariable: 'LEDGER_PORT',
    reads: ['ENTREPOT_ADMIN_TOKEN', 'ENTREPOT_CONFIG', ...MASTER_KEY],
  },
  {
    name: 'sink-sap-b1',
    title: 'SAP B1 sink',
    folder: 'services/sinks/sap-b1',
    port: 7081,
    portVariable: 'SINK_SAP_B1_PORT',
    reads: MASTER_KEY,
  },
  {
    name: 'connector-shopify',
    title: 'Shopify connector',
    folder: 'services/connectors/shopify',
    port: 7071,
    portVariable: 'CONNECTOR_SHOPIFY_PORT',
    operations: { port: 7171, portVariable: 'CONNECTOR_SHOPIFY_OPERATIONS_PORT' },
    reads: MASTER_KEY,
  },
];

/** Ports of the embedded servers when nothing else is said. */
export const INFRA_PORTS = { kafka: 29092, mongo: 29017, registry: 29081 } as const;
