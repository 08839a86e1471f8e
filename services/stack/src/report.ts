import { type InfraProgress, PART_TITLES } from '@entrepot/embedded';
import type { Stack } from './stack.ts';

const REPEAT_AFTER_MS = 2_000;

interface Row {
  process: string;
  state: string;
  port: string;
}

/** Lays rows out in columns. */
export function layOutTable(rows: readonly Row[]): string {
  const head: Row = { process: 'process', state: 'state', port: 'port' };
  const width = (key: keyof Row): number => Math.max(...[head, ...rows].map((row) => row[key].length));
  const widths = { process: width('process'), state: width('state'), port: width('port') };
  const line = (row: Row): string =>
    `  ${row.process.padEnd(widths.process)}   ${row.state.padEnd(widths.state)}   ${row.port.padStart(widths.port)}`;
  const rule = `  ${'─'.repeat(widths.process + widths.state + widths.port + 6)}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Prints progress line by line; a download's count at most every two seconds. */
export function createProgressTeller(write: (line: string) => void): (progress: InfraProgress) => void {
  const toldAt = new Map<string, number>();
  return ({ part, phase, text }) => {
    const isCount = text.includes('so far');
    if (isCount && Date.now() - (toldAt.get(part) ?? 0) < REPEAT_AFTER_MS) return;
    if (isCount) toldAt.set(part, Date.now());
    const words = phase === 'ready' ? 'ready' : phase === 'given' ? `used as given: ${hideCredentials(text)}` : text;
    write(`  ${PART_TITLES[part].padEnd(16)} ${words}`);
  };
}

function hideCredentials(address: string): string {
  return address.replace(/\/\/[^@/]*@/, '//***@');
}

/** The table of processes, and what to try next. */
export function describeStack(stack: Stack, tookMs: number, infraOnly: boolean): string {
  const own = new Map(stack.infra.parts.map((part) => [part.part, part]));
  const addresses = {
    kafka: stack.infra.kafkaBrokers,
    mongo: stack.infra.mongodbUri,
    registry: stack.infra.registryUrl,
  };
  const infraRows = (['kafka', 'mongo', 'registry'] as const).map((part): Row => {
    const owned = own.get(part);
    const title = PART_TITLES[part];
    if (owned !== undefined) return { process: title, state: 'ready', port: String(owned.port) };
    return { process: title, state: 'external', port: /:(\d+)/.exec(addresses[part])?.[1] ?? '' };
  });
  const serviceRows = stack.services.map(
    (service): Row => ({ process: service.title, state: service.state(), port: String(service.port) }),
  );
  const partRows = stack.parts.map(
    ({ title, runs, port }): Row => ({ process: title, state: runs ? 'ready' : 'no connection', port: String(port) }),
  );
  const next = infraOnly ? describeAddresses(addresses) : describeNextSteps(stack);
  return [
    '',
    layOutTable([...infraRows, ...serviceRows, ...partRows]),
    '',
    `Ready after ${(tookMs / 1000).toFixed(1)} s. Data in ${stack.home.folder}, logs in ${stack.home.logDir}.`,
    '',
    ...next,
    'Ctrl-C stops it all; the data stay. `npm start -- --fresh` begins anew.',
  ].join('\n');
}

function describeAddresses(addresses: { kafka: string; mongo: string; registry: string }): string[] {
  return [
    'For services run by hand:',
    `  export KAFKA_BROKERS=${addresses.kafka}`,
    `  export MONGODB_URI='${addresses.mongo}'`,
    `  export SCHEMA_REGISTRY_URL=${addresses.registry}`,
    '',
  ];
}

function describeNextSteps({ adminToken, adminUrl, home }: Stack): string[] {
  const token = adminToken.given ? '$ENTREPOT_ADMIN_TOKEN' : `$(cat ${home.tokenFile})`;
  return [
    ...(adminToken.made ? [`Admin token, shown this once (kept in ${home.tokenFile}): ${adminToken.token}`, ''] : []),
    'Try next, in another terminal:',
    '  npm run demo                      an order from the shop to SAP, step by step',
    `  curl -s -H "Authorization: Bearer ${token}" ${adminUrl}/v1/deliveries`,
    `  curl -s -H "Authorization: Bearer ${token}" ${adminUrl}/v1/failure-groups`,
    '',
  ];
}
