// The stages of .ci/run, each with its bound in minutes on a quiet machine of two cores, and the checks it is made of.

export const STAGES = [
  { name: 'install', minutes: 3, checks: ['install'] },
  { name: 'static', minutes: 4, checks: ['lint', 'boundaries', 'unused', 'typecheck', 'schemas', 'build'] },
  { name: 'unit and contract', minutes: 10, checks: ['unit', 'contract', 'sim'] },
  { name: 'integration', minutes: 6, checks: ['int'] },
  { name: 'end to end', minutes: 10, checks: ['e2e'] },
  { name: 'simulation and mutants', minutes: 7, checks: ['simulation', 'mutants'] },
  { name: 'chaos and rolling', minutes: 7, checks: ['chaos', 'rolling', 'upgrade'] },
  { name: 'readers and schemathesis', minutes: 3, checks: ['readers', 'fuzz'] },
];

/** A run beyond this fails; a stage beyond its own bound is told. */
export const TOTAL_MINUTES = 60;

/** What a vendor's own unit and contract tests may add. */
export const VENDOR_MINUTES = 2.5;

/** Seconds by check, from lines `<check> <seconds>`. */
export function readSeconds(text) {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
}

/** Seconds of tests by vendor: those of its library, its simulator and its services. `reports` are as vitest writes them. */
export function sumByVendor(reports) {
  const seconds = new Map();
  for (const { name, startTime, endTime } of reports.flatMap(({ testResults }) => testResults)) {
    const vendor = /\/(?:libs\/(?:vendors|sandboxes)|services\/(?:connectors|sinks))\/([^/]+)\/test\//.exec(name)?.[1];
    // What the simulators share is no vendor's.
    if (vendor === undefined || vendor === 'faults') continue;
    seconds.set(vendor, (seconds.get(vendor) ?? 0) + (endTime - startTime) / 1_000);
  }
  return seconds;
}

/**
 * The table as lines, the stages beyond their bound as warnings, and whether the whole is.
 * @param seconds by check
 * @param vendors seconds of tests by vendor, two of which run at once
 */
export function tellStages(seconds, vendors) {
  const rows = STAGES.flatMap(({ name, minutes, checks }) => {
    const ran = checks.filter((check) => seconds.has(check));
    if (ran.length === 0) return [];
    const parts = ran.map((check) => `${check} ${seconds.get(check)}`).join(', ');
    return [{ name, took: ran.reduce((sum, check) => sum + seconds.get(check), 0), bound: minutes * 60, parts }];
  });
  const known = new Set(STAGES.flatMap(({ checks }) => checks));
  const others = [...seconds].filter(([check]) => !known.has(check));
  for (const [check, took] of others) rows.push({ name: check, took, bound: null, parts: '' });
  const total = rows.reduce((sum, { took }) => sum + took, 0);
  rows.push({ name: 'total', took: total, bound: TOTAL_MINUTES * 60, parts: '' });
  for (const [vendor, took] of [...vendors].sort()) {
    const parts = `${Math.round(took)} s of tests, two at a time; part of unit and contract`;
    rows.push({ name: `of it vendor ${vendor}`, took: Math.round(took / 2), bound: VENDOR_MINUTES * 60, parts });
  }
  const isOver = ({ took, bound }) => bound !== null && took > bound;
  return {
    lines: [
      row('stage', 'seconds', 'bound', ''),
      ...rows.map((stage) =>
        row(stage.name, stage.took, stage.bound ?? '–', `${isOver(stage) ? 'OVER ' : ''}${stage.parts}`),
      ),
    ],
    warnings: rows
      .filter(isOver)
      .map(
        ({ name, took, bound }) =>
          `WARNING: ${name} took ${took} s; on a quiet machine of two cores ${bound} s are its bound.`,
      ),
    isOver: total > TOTAL_MINUTES * 60,
  };
}

function row(name, seconds, bound, parts) {
  return `${name.padEnd(26)}${String(seconds).padStart(8)}${String(bound).padStart(8)}  ${parts}`.trimEnd();
}
