import { claimPort, type InfraPart, PORT_VARIABLES } from '@entrepot/embedded';
import { HOST, INFRA_PORTS, LEDGER, SANDBOX, SERVICES, type ServiceEntry, VENDOR_SERVICES } from './catalogue.ts';

/** What of the stack's options decides which processes need ports. */
export interface PortWishes {
  readonly infraOnly?: boolean;
  readonly hosted?: boolean;
  readonly vendors?: readonly string[];
  readonly replicas?: Readonly<Record<string, number>>;
  readonly furtherServices?: readonly ServiceEntry[];
}

/** The processes to start and what runs inside of the host, on the ports that they get. */
export async function claimServicePorts(
  options: PortWishes,
  env: NodeJS.ProcessEnv,
  anyPorts: boolean,
): Promise<{ entries: ServiceEntry[]; parts: ServiceEntry[] }> {
  if (options.infraOnly === true) return { entries: [], parts: [] };
  const wish = (variable: string, usual: number): number => readPort(env, variable, usual, anyPorts);
  if (options.hosted === true) {
    const entries = await Promise.all([SANDBOX, LEDGER, HOST].map((entry) => claimPorts(entry, wish)));
    return { entries, parts: await Promise.all(VENDOR_SERVICES.map((entry) => claimPorts(entry, wish))) };
  }
  const entries: ServiceEntry[] = [];
  for (const entry of [...SERVICES, ...(options.furtherServices ?? [])]) {
    if (entry.vendor !== undefined && options.vendors?.includes(entry.vendor) === false) continue;
    entries.push(await claimPorts(entry, wish));
    for (let replica = 2; replica <= (options.replicas?.[entry.name] ?? 1); replica += 1) {
      const further = { ...entry, name: `${entry.name}-${replica}`, title: `${entry.title} (${replica})` };
      entries.push(await claimPorts(further, () => 0));
    }
  }
  return { entries, parts: [] };
}

async function claimPorts(
  entry: ServiceEntry,
  wish: (variable: string, usual: number) => number,
): Promise<ServiceEntry> {
  const claim = async <Port extends { port: number; portVariable: string }>(of: Port): Promise<Port> => ({
    ...of,
    port: await claimPort(wish(of.portVariable, of.port), entry.title, of.portVariable),
  });
  const { operations } = entry;
  return { ...(await claim(entry)), ...(operations !== undefined && { operations: await claim(operations) }) };
}

export function readInfraPorts(env: NodeJS.ProcessEnv, anyPorts: boolean): Record<InfraPart, number> {
  const read = (part: InfraPart): number => readPort(env, PORT_VARIABLES[part], INFRA_PORTS[part], anyPorts);
  return { kafka: read('kafka'), mongo: read('mongo'), registry: read('registry') };
}

function readPort(env: NodeJS.ProcessEnv, variable: string, usual: number, anyPorts: boolean): number {
  const text = env[variable];
  if (!text) return anyPorts ? 0 : usual;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`${variable} is "${text}", not a port: use a number from 1 to 65535.`);
}
