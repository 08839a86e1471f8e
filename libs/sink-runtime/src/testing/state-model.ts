import { type TargetStateDocument, targetStateId } from '@entrepot/store';
import type { TargetStates } from '../ports.ts';

/** The store's target states, in memory: compare-and-set on the version, stamped by the given clock. */
export class StateModel implements TargetStates {
  readonly states = new Map<string, TargetStateDocument>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get: TargetStates['get'] = async (key) => this.states.get(targetStateId(key)) ?? null;

  ofRecord: TargetStates['ofRecord'] = async (record) =>
    [...this.states.values()].filter((state) => state.record === record);

  replace: TargetStates['replace'] = async (key, before, after) => {
    const _id = targetStateId(key);
    const version = before?.version ?? 0;
    if ((this.states.get(_id)?.version ?? 0) !== version) return false;
    this.states.set(_id, { _id, ...after, version: version + 1, at: new Date(this.#nowMs()) });
    return true;
  };
}
