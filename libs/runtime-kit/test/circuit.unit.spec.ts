import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type BegunCall,
  type BreakerFactory,
  type CallVerdict,
  type Circuit,
  CircuitOpen,
  type CircuitOptions,
  createCircuit,
  createOpossumBreaker,
} from '../src/circuit.ts';
import { breakerModel } from '../src/testing/index.ts';

const OPTIONS: CircuitOptions = {
  volumeThreshold: 10,
  windowMs: 10_000,
  failurePercent: 40,
  failuresInARow: 3,
  reset: { firstMs: 1_000, longestMs: 30_000 },
};
const works = async (): Promise<CallVerdict<number>> => ({ system: 'works', value: 1, sent: true });
const refuses = async (): Promise<CallVerdict<number>> => ({ system: 'answers', error: new Error('no'), sent: true });
const fails = async (): Promise<CallVerdict<number>> => {
  throw new Error('refused');
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(options: CircuitOptions = OPTIONS, breaker?: BreakerFactory) {
  const events: string[] = [];
  const listener = {
    opened: (reason: string) => void events.push(`open: ${reason}`),
    halfOpened: () => void events.push('half-open'),
    closed: () => void events.push('closed'),
  };
  return { events, circuit: createCircuit(listener, options, breaker) };
}

function begin(circuit: Circuit): BegunCall {
  const call = circuit.tryBegin();
  if (call === null) throw new Error('no call is allowed');
  return call;
}

describe('a circuit that failures in a row open', () => {
  it('stays closed while the target answers, whatever it says', async () => {
    const { circuit, events } = watch();
    for (let call = 0; call < 100; call += 1) await circuit.run(refuses);
    expect(events).toEqual([]);
  });

  it('opens on failures in a row, and not on one among successes', async () => {
    const { circuit, events } = watch();
    for (let round = 0; round < 20; round += 1) {
      await expect(circuit.run(fails)).rejects.toThrow('refused');
      for (let call = 0; call < 3; call += 1) await circuit.run(works);
    }
    expect(events).toEqual([]);
    for (let call = 0; call < 3; call += 1) await expect(circuit.run(fails)).rejects.toThrow('refused');
    expect(circuit.state).toBe('open');
    await expect(circuit.run(works)).rejects.toThrow(CircuitOpen);
  });

  it('lets one call try, and closes only when something was really sent', async () => {
    const { circuit, events } = watch();
    for (let call = 0; call < 3; call += 1) await circuit.run(fails).catch(() => {});
    await vi.advanceTimersByTimeAsync(OPTIONS.reset.firstMs);
    expect(circuit.state).toBe('half-open');
    await circuit.run(async () => ({ system: 'works', value: 1, sent: false }));
    expect(circuit.state).toBe('half-open');
    let answer: (verdict: CallVerdict<number>) => void = () => {};
    const probe = circuit.run(() => new Promise<CallVerdict<number>>((resolve) => (answer = resolve)));
    expect(circuit.probing).toBe(true);
    await expect(circuit.run(works)).rejects.toThrow(CircuitOpen);
    answer(await works());
    await probe;
    expect(events).toEqual(['open: refused', 'half-open', 'closed']);
  });

  it('asks a target that stays down less and less often', async () => {
    const { circuit } = watch();
    for (let call = 0; call < 3; call += 1) await circuit.run(fails).catch(() => {});
    for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      expect(circuit.state).toBe('open');
      await vi.advanceTimersByTimeAsync(1);
      expect(circuit.state).toBe('half-open');
      await circuit.run(fails).catch(() => {});
    }
  });
});

describe('a circuit that one failure opens', () => {
  const quick: CircuitOptions = { ...OPTIONS, failuresInARow: 1, reset: { firstMs: 250, longestMs: 1_000 } };

  it('is open when the failure has been told, not a moment later', () => {
    const { circuit } = watch(quick);
    expect(circuit.tryBegin()).not.toBeNull();
    void circuit.failed('no answer');
    expect([circuit.state, circuit.tryBegin()]).toEqual(['open', null]);
  });

  it('lets one call try at a time, and another when that said nothing', async () => {
    const { circuit, events } = watch(quick);
    await circuit.failed('no answer');
    await vi.advanceTimersByTimeAsync(250);
    const trial = begin(circuit);
    expect(circuit.tryBegin()).toBeNull();
    circuit.left(trial);
    expect(circuit.tryBegin()).not.toBeNull();
    await circuit.succeeded();
    expect(events).toEqual(['open: no answer', 'half-open', 'closed']);
  });

  it('goes on with its one trial when a call that began before it gives up', async () => {
    const { circuit, events } = watch(quick);
    const early = begin(circuit);
    await circuit.failed('no answer');
    await vi.advanceTimersByTimeAsync(250);
    const lateTrial = begin(circuit);
    circuit.left(early);
    expect([circuit.probing, circuit.tryBegin()]).toEqual([true, null]);
    await circuit.failed('no answer');
    await vi.advanceTimersByTimeAsync(500);
    const trial = begin(circuit);
    circuit.left(lateTrial);
    expect([circuit.probing, circuit.tryBegin()]).toEqual([true, null]);
    circuit.left(trial);
    expect(circuit.probing).toBe(false);
    expect(events).toEqual(['open: no answer', 'half-open', 'open: no answer', 'half-open']);
  });

  it('stays open for as long as it is asked to, and until it is put right', async () => {
    const { circuit, events } = watch(quick);
    circuit.pause('slow down', 60_000);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state).toBe('half-open');
    await circuit.failed('no answer');
    circuit.reset();
    expect([circuit.state, events.at(-1)]).toEqual(['closed', 'closed']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(circuit.state).toBe('closed');
  });

  it('spreads its tries by a quarter to either side', async () => {
    const { circuit } = watch({ ...quick, reset: { firstMs: 400, longestMs: 1_000 }, random: () => 1 });
    await circuit.failed('no answer');
    await vi.advanceTimersByTimeAsync(499);
    expect(circuit.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state).toBe('half-open');
  });
});

type Step =
  | { readonly do: 'succeed' | 'fail' | 'say nothing' | 'fail late' | 'succeed late' | 'reset' }
  | { readonly do: 'wait' | 'pause'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'succeed' } as const) },
  { weight: 5, arbitrary: fc.constant({ do: 'fail' } as const) },
  { weight: 3, arbitrary: fc.nat(2_500).map((ms) => ({ do: 'wait', ms }) as const) },
  { weight: 1, arbitrary: fc.nat(15_000).map((ms) => ({ do: 'wait', ms }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('say nothing', 'fail late', 'succeed late', 'reset')
      .map((what) => ({ do: what }) as const),
  },
  { weight: 1, arbitrary: fc.nat(5_000).map((ms) => ({ do: 'pause', ms }) as const) },
);

/** Does a step and tells what is seen then. */
async function play(circuit: Circuit, { ...step }: Step): Promise<string> {
  let call = '';
  const run = async (action: () => Promise<CallVerdict<number>>): Promise<void> => {
    call = await circuit.run(action).then(
      () => 'called',
      (error: unknown) => (error instanceof CircuitOpen ? 'kept back' : 'failed'),
    );
  };
  if (step.do === 'succeed') await run(works);
  else if (step.do === 'fail') await run(fails);
  else if (step.do === 'say nothing') await run(async () => ({ system: 'works', value: 1, sent: false }));
  // The end of a call that began long ago, whatever the state has become.
  else if (step.do === 'fail late') await circuit.failed('late');
  else if (step.do === 'succeed late') await circuit.succeeded();
  else if (step.do === 'reset') circuit.reset();
  else if (step.do === 'pause') circuit.pause('a pause', step.ms);
  return `${step.do} ${call} → ${circuit.state}${circuit.probing ? ', probing' : ''}`;
}

/** The model's clock goes with the fake timers that opossum has. */
const fakeClock = {
  monotonicMs: () => performance.now(),
  schedule: (ms: number, wake: () => void) => setTimeout(wake, ms),
};

async function playAll(steps: readonly Step[], options: CircuitOptions, breaker: BreakerFactory) {
  vi.useRealTimers();
  vi.useFakeTimers();
  const { circuit, events } = watch(options, breaker);
  const seen: string[] = [];
  for (const each of steps) {
    if (each.do === 'wait') await vi.advanceTimersByTimeAsync(each.ms);
    seen.push(await play(circuit, each));
  }
  circuit.close();
  return { seen, events };
}

describe('the model of opossum that the simulation runs on', () => {
  const rules: Record<string, CircuitOptions> = {
    'as sinks have it': OPTIONS,
    'as connectors have it': { ...OPTIONS, failuresInARow: 1, reset: { firstMs: 250, longestMs: 30_000 } },
    'by the share of failures alone': { ...OPTIONS, failuresInARow: Number.POSITIVE_INFINITY, volumeThreshold: 4 },
  };

  it.each(Object.entries(rules))('goes through the same states, step by step, %s', async (_name, options) => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const real = await playAll(steps, options, createOpossumBreaker);
        const model = await playAll(steps, options, breakerModel(fakeClock));
        opened += real.events.filter((event) => event.startsWith('open')).length;
        expect(model).toEqual(real);
      }),
      { numRuns: 300 },
    );
    // Traces that never open anything would compare nothing.
    expect(opened).toBeGreaterThan(100);
  });
});
