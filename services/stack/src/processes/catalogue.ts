import { type ListedVendor, portsOf, VENDORS } from '@entrepot/vendors';

/** Variables that carry secrets, or lead to files that hold some: given only to the services that read them. */
export const PRIVATE_VARIABLES = [
  'ENTREPOT_ADMIN_TOKEN',
  'ENTREPOT_MASTER_KEY',
  'ENTREPOT_KEY_FILE',
  'ENTREPOT_PREVIOUS_MASTER_KEY',
  'ENTREPOT_PREVIOUS_KEY_FILE',
  'ENTREPOT_CONFIG',
] as const;
type PrivateVariable = (typeof PRIVATE_VARIABLES)[number];

const MASTER_KEYS = [
  'ENTREPOT_MASTER_KEY',
  'ENTREPOT_KEY_FILE',
  'ENTREPOT_PREVIOUS_MASTER_KEY',
  'ENTREPOT_PREVIOUS_KEY_FILE',
] as const;

/** Where something listens. */
export interface PortEntry {
  readonly port: number;
  /** The variable that moves it to another port. */
  readonly portVariable: string;
}

/** A service of ours: a process of its own, or a part of the host. */
export interface ServiceEntry extends PortEntry {
  /** Also the name of its log. */
  readonly name: string;
  /** What people read. */
  readonly title: string;
  /** Its folder, from the root of the checkout. */
  readonly folder: string;
  /** Where its health and metrics are, when strangers reach its port. */
  readonly operations?: PortEntry;
  /** Those of the private variables that it reads. */
  readonly reads: readonly PrivateVariable[];
  /** The vendor whose side it is; left out: it belongs to all. */
  readonly vendor?: string;
}

/** The simulators of the vendors. */
export const SANDBOX: ServiceEntry = {
  name: 'sandbox',
  title: 'sandbox (vendors)',
  folder: 'services/sandbox',
  port: 7090,
  portVariable: 'SANDBOX_PORT',
  reads: [],
};

export const LEDGER: ServiceEntry = {
  name: 'ledger',
  title: 'ledger, admin API',
  folder: 'services/ledger',
  port: 7070,
  portVariable: 'LEDGER_PORT',
  reads: ['ENTREPOT_ADMIN_TOKEN', 'ENTREPOT_CONFIG', ...MASTER_KEYS],
};

/** Runs connectors and sinks of many vendors in one process. */
export const HOST: ServiceEntry = {
  name: 'host',
  title: 'connectors and sinks',
  folder: 'services/host',
  port: 7079,
  portVariable: 'HOST_PORT',
  reads: MASTER_KEYS,
};

/** Sinks, then connectors: what others call comes first. */
export const VENDOR_SERVICES: readonly ServiceEntry[] = [
  ...VENDORS.flatMap((vendor) => sinkOf(vendor)),
  ...VENDORS.flatMap((vendor) => connectorOf(vendor)),
];

/** Every service that is a process of its own where the product is installed, in the order of their start. */
export const SERVICES: readonly ServiceEntry[] = [SANDBOX, LEDGER, ...VENDOR_SERVICES];

function sinkOf(vendor: ListedVendor): ServiceEntry[] {
  const { sink } = portsOf(vendor);
  if (sink === null) return [];
  const title = `${vendor.title} sink`;
  return [{ ...sink, title, folder: `services/sinks/${vendor.name}`, reads: MASTER_KEYS, vendor: vendor.name }];
}

function connectorOf(vendor: ListedVendor): ServiceEntry[] {
  const { connector } = portsOf(vendor);
  if (connector === null) return [];
  const { name, port, portVariable, operationsPort, operationsPortVariable } = connector;
  return [
    {
      name,
      title: `${vendor.title} connector`,
      folder: `services/connectors/${vendor.name}`,
      port,
      portVariable,
      operations: { port: operationsPort, portVariable: operationsPortVariable },
      reads: MASTER_KEYS,
      vendor: vendor.name,
    },
  ];
}

/** Ports of the embedded servers when nothing else is said. */
export const INFRA_PORTS = { kafka: 29092, mongo: 29017, registry: 29081 } as const;
