import type { Admin } from 'kafkajs';
import { readEnds } from './positions.ts';

/** Where logs end, asked for once for all consumers of a process that want to know at about the same time. */
export class LogEnds {
  private readonly admin: Admin;
  private readonly answers = new Map<
    string,
    { readonly askedAtMs: number; readonly ends: Promise<ReadonlyMap<number, bigint>> }
  >();

  constructor(admin: Admin) {
    this.admin = admin;
  }

  /**
   * Offset the next record of each partition will get. Rejects when Kafka does not answer.
   * @param maxAgeMs an answer that was asked for so long ago will do
   */
  read(topic: string, maxAgeMs: number): Promise<ReadonlyMap<number, bigint>> {
    const known = this.answers.get(topic);
    if (known !== undefined && performance.now() - known.askedAtMs < maxAgeMs) return known.ends;
    const ends = readEnds(this.admin, topic);
    this.answers.set(topic, { askedAtMs: performance.now(), ends });
    return ends;
  }
}
