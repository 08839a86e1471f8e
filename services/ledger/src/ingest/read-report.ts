import { ATTEMPT_OUTCOMES, type Report } from '@entrepot/canonical';
import { z } from 'zod';

const errorSchema = z.looseObject({
  kind: z.string(),
  message: z.string(),
  fields: z.array(z.looseObject({ path: z.string() })),
});

/** Enough of each report to act on it safely; the rest is carried as it is. */
const reportSchema = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('routed'),
    reportId: z.string(),
    eventId: z.string(),
    entity: z.string(),
    connection: z.string(),
    sourceId: z.string(),
    version: z.number(),
    sinkVendor: z.string(),
    publishedAtMicros: z.number(),
    problem: errorSchema.optional(),
    decisions: z.array(
      z.looseObject({
        deliveryId: z.string(),
        flow: z.string(),
        flowRevision: z.number(),
        to: z.string(),
        result: z.enum(['matched', 'skipped', 'echo']),
      }),
    ),
  }),
  z.looseObject({
    kind: z.literal('attempt'),
    reportId: z.string(),
    deliveryId: z.string(),
    flow: z.string(),
    eventId: z.string(),
    entity: z.string(),
    connection: z.string(),
    sourceId: z.string(),
    version: z.number(),
    to: z.string(),
    outcome: z.enum(ATTEMPT_OUTCOMES),
    error: errorSchema.nullable(),
    documents: z.array(z.looseObject({ role: z.string() })),
    waitingOn: z.array(z.looseObject({ entity: z.string(), match: z.string() })),
    exchanges: z.array(z.looseObject({})),
  }),
  z.looseObject({ kind: z.literal('lane'), connection: z.string(), state: z.string(), epoch: z.number() }),
  z.looseObject({ kind: z.literal('command'), commandId: z.string(), result: z.string() }),
  z.looseObject({
    kind: z.literal('unmapped'),
    reportId: z.string(),
    entity: z.string(),
    connection: z.string(),
    sourceId: z.string(),
    error: errorSchema,
    atMicros: z.number(),
  }),
]);

/** @returns the report, or what is wrong with the bytes */
export function parseReport(value: Buffer | null): Report | { problem: string } {
  if (value === null) return { problem: 'empty record' };
  let json: unknown;
  try {
    json = JSON.parse(value.toString('utf8'));
  } catch {
    return { problem: 'not JSON' };
  }
  const parsed = reportSchema.safeParse(json);
  return parsed.success ? (parsed.data as unknown as Report) : { problem: z.prettifyError(parsed.error) };
}
