export interface HealthResult {
  readonly ok: boolean;
  /** For people, e.g. "no connection to Kafka since 12:04". Free of secrets. */
  readonly detail?: string;
}

export type HealthCheck = () => HealthResult | Promise<HealthResult>;

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, HealthResult>>;
}

/** Readiness of one process: ready when started, not draining, and every check is ok. */
export interface Health {
  /** Adds or replaces a check. A check that throws or takes longer than 2 s is not ok. */
  addReadiness(name: string, check: HealthCheck): void;
  /** Adds a check that is shown beside the others and does not affect readiness: work can be taken even when it fails. */
  addNotice(name: string, check: HealthCheck): void;
  removeReadiness(name: string): void;
  /** A phase in which the process takes no work: "starting", "stopping"; null = at work. */
  setPhase(phase: string | null): void;
  readiness(): Promise<HealthReport>;
}

const CHECK_TIMEOUT_MS = 2_000;

export function createHealth(): Health {
  const checks = new Map<string, { readonly check: HealthCheck; readonly decides: boolean }>();
  let phase: string | null = null;
  return {
    addReadiness: (name, check) => void checks.set(name, { check, decides: true }),
    addNotice: (name, check) => void checks.set(name, { check, decides: false }),
    removeReadiness: (name) => void checks.delete(name),
    setPhase: (next) => {
      phase = next;
    },
    async readiness() {
      const results = await Promise.all(
        [...checks].map(async ([name, { check, decides }]) => ({ name, decides, result: await runCheck(check) })),
      );
      if (phase !== null) results.unshift({ name: 'process', decides: true, result: { ok: false, detail: phase } });
      return {
        ok: results.every(({ decides, result }) => result.ok || !decides),
        checks: Object.fromEntries(results.map(({ name, result }) => [name, result])),
      };
    },
  };
}

async function runCheck(check: HealthCheck): Promise<HealthResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer within ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
