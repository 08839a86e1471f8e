import { ENTITY_NAMES } from '@entrepot/canonical';
import { OPERATION_KINDS, OPERATION_STATES } from '@entrepot/store';
import { z } from 'zod';
import { problemDetail, operationSchema as retrySchema } from '../api/delivery.schemas.ts';
import { pageQuery } from '../api/paging.ts';
import { oneOrMoreOf } from '../edge/query-values.ts';
import { maskedForViewers } from '../masking/viewer-masks.ts';
import { maskCause } from '../masking/viewer-words.ts';
import { DELIVERY_STATES } from '../states/delivery.ts';

/** Maximum of records that one request names: ids of the greatest length fit into it. */
const MAX_IDS = 1_000;
/** Maximum of records that a selection gives. */
export const MAX_SELECTED = 10_000;

const LEFT_OUT = { not: {} };

/** What goes together, as the rules of {@link startBody} have it: callers' tools read it from the description of the API. */
const COMBINATIONS = [
  {
    properties: {
      kind: { enum: ['sync', 'backfill'] },
      ids: LEFT_OUT,
      selection: LEFT_OUT,
      mostMissingPercent: LEFT_OUT,
    },
  },
  {
    properties: { kind: { enum: ['sync'] }, since: LEFT_OUT, selection: LEFT_OUT, mostMissingPercent: LEFT_OUT },
    required: ['ids'],
  },
  {
    properties: { kind: { enum: ['sync'] }, since: LEFT_OUT, ids: LEFT_OUT, mostMissingPercent: LEFT_OUT },
    required: ['selection'],
  },
  { properties: { kind: { enum: ['sweep'] }, since: LEFT_OUT, ids: LEFT_OUT, selection: LEFT_OUT } },
];

const kind = z.enum(OPERATION_KINDS);
const entity = z.enum(ENTITY_NAMES);
const time = z.iso.datetime({ offset: true });

export const startBody = z
  .strictObject({
    kind: kind.describe(
      'sync: read now · backfill: read the past, oldest first, at spare rate beside what is new · sweep: compare all ids with what is published, and publish as deleted what the source has no more',
    ),
    entity,
    since: time
      .optional()
      .describe('Only what changed since then. Without it, and without ids or selection: everything'),
    ids: z
      .array(z.string().min(1).max(500))
      .min(1)
      .max(MAX_IDS)
      .optional()
      .describe(`Ids at the source, at most ${MAX_IDS}; sync only`),
    selection: z
      .strictObject({
        states: z.array(z.enum(DELIVERY_STATES)).min(1).max(DELIVERY_STATES.length),
        flow: z.string().min(1).max(500).optional(),
      })
      .optional()
      .describe(
        'The records whose current delivery is in one of these states, on any flow or the named one, at most 10,000; sync only',
      ),
    mostMissingPercent: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe(
        'Sweep only, 10 unless given: with more of the published records missing it fails, and nothing is deleted',
      ),
  })
  .refine(({ kind, mostMissingPercent }) => kind === 'sweep' || mostMissingPercent === undefined, {
    path: ['mostMissingPercent'],
    message: 'belongs to a sweep',
  })
  .refine(({ kind, since }) => kind !== 'sweep' || since === undefined, {
    path: ['since'],
    message: 'a sweep compares everything',
  })
  .refine(({ since, ids, selection }) => [since, ids, selection].filter((each) => each !== undefined).length <= 1, {
    path: ['since'],
    message: 'give one of since, ids and selection, or none',
  })
  .refine(({ kind, ids, selection }) => kind === 'sync' || (ids === undefined && selection === undefined), {
    path: ['kind'],
    message: 'ids and selection belong to a sync',
  })
  .meta({ anyOf: COMBINATIONS });
export type StartBody = z.infer<typeof startBody>;

export const operationsQuery = z.strictObject({
  ...pageQuery,
  connection: z.string().optional(),
  entity: entity.optional(),
  kind: oneOrMoreOf(OPERATION_KINDS)
    .optional()
    .describe(`Comma-separated: ${OPERATION_KINDS.join(', ')}`),
  state: oneOrMoreOf(OPERATION_STATES)
    .optional()
    .describe(`Comma-separated: ${OPERATION_STATES.join(', ')}`),
});
export type OperationsQuery = z.infer<typeof operationsQuery>;

export const sourceOperationSchema = z.object({
  id: z.string(),
  kind,
  tenant: z.string(),
  connection: z.string(),
  entity,
  since: z.iso.datetime().nullable(),
  mostMissingPercent: z.number().nullable().describe('Of a sweep'),
  named: z.number().nullable().describe('How many records it names; null: what the source lists'),
  state: z.enum(OPERATION_STATES),
  wanted: z.enum(['run', 'pause', 'cancel']).describe('What it is to do; its connector obeys within seconds'),
  waitsFor: maskedForViewers(z.string(), maskCause).nullable().describe('Why it does not get on'),
  progress: z
    .object({
      records: z.number(),
      published: z.number(),
      unchanged: z.number(),
      unmapped: z.number(),
      notFound: z.number(),
    })
    .describe('Records done, and what became of them'),
  error: problemDetail.nullable(),
  startedBy: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  progressAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
});

/** One route answers retries of deliveries, and operations on a source. */
export const anyOperationSchema = z.union([retrySchema, sourceOperationSchema]);
