import { COUNTERPART_WAYS, ENTITY_NAMES } from '@entrepot/canonical';
import { z } from 'zod';
import { oneOrMoreOf, textForPeople } from '../edge/query-values.ts';
import { maskedForViewers } from '../masking/viewer-masks.ts';
import { maskCause, maskError, maskPayload, maskReason, maskUrl, withhold } from '../masking/viewer-words.ts';
import { DELIVERY_STATES } from '../states/delivery.ts';
import type { ShownState } from '../states/message.ts';
import { pageQuery } from './paging.ts';

const time = z.iso.datetime({ offset: true });

const MESSAGE_STATES = ['published', 'unmapped', 'dead-letter'] as const satisfies readonly ShownState[];

export const deliveriesQuery = z.strictObject({
  ...pageQuery,
  state: oneOrMoreOf(DELIVERY_STATES)
    .optional()
    .describe(`States, comma-separated: ${DELIVERY_STATES.join(', ')}`),
  entity: z.enum(ENTITY_NAMES).optional(),
  flow: z.string().optional().describe('Flow id, e.g. order:shop:erp'),
  from: z.string().optional().describe('Source connection'),
  to: z.string().optional().describe('Target connection'),
  number: z.string().optional().describe('Business number, e.g. #1001 or 1001'),
  q: z.string().optional().describe('Business number, or id in the source or target'),
  sourceId: z.string().optional().describe('Id in the source'),
  eventId: z.string().optional(),
  fingerprint: z.string().optional().describe('Failure group'),
  since: time.optional().describe('Event published at or after (ISO 8601)'),
  until: time.optional().describe('Event published before (ISO 8601)'),
});

export type DeliveriesQuery = z.infer<typeof deliveriesQuery>;

export const messagesQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(MESSAGE_STATES).optional(),
  open: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: only those that could not be mapped or read and were not made good since'),
  entity: z.enum(ENTITY_NAMES).optional(),
  connection: z.string().optional(),
  number: z.string().optional(),
  q: z.string().optional().describe('Business number or id in the source'),
  sourceId: z.string().optional(),
  eventId: z.string().optional(),
  flow: z.string().optional().describe('Only those with a delivery on this flow'),
  deliveryState: oneOrMoreOf(DELIVERY_STATES).optional().describe('Only those with a delivery in one of these states'),
  since: time.optional().describe('Published, or found unmapped, at or after (ISO 8601)'),
  until: time.optional().describe('Before (ISO 8601)'),
});

export type MessagesQuery = z.infer<typeof messagesQuery>;

export const retryBody = z.strictObject({
  mode: z
    .enum(['refresh', 'as-is'])
    .default('refresh')
    .describe('refresh: fetch the record from its source first · as-is: send the stored state again'),
  reason: textForPeople(500, 'say why, for the audit'),
  force: z.boolean().default(false).describe('Also when it has ended well already'),
});

export type RetryBody = z.infer<typeof retryBody>;

export const retryDeliveryBody = retryBody.extend({
  createAnew: z
    .array(z.string().min(1).max(500))
    .max(20)
    .optional()
    .describe(
      'External references of documents that the target took and that you looked for there in vain (documents[].externalRef): each is created once more, past its deadline. What nobody names is never sent twice',
    ),
});

export type RetryDeliveryBody = z.infer<typeof retryDeliveryBody>;

export const reasonBody = z.strictObject({
  reason: textForPeople(500, 'say why, for the audit'),
});

export type ReasonBody = z.infer<typeof reasonBody>;

const coordinates = z.object({ topic: z.string(), partition: z.number(), offset: z.string() });
export const problemDetail = maskedForViewers(
  z.looseObject({
    kind: z.string(),
    code: z.string().nullable(),
    message: z.string(),
    advice: z.string().nullable(),
    fields: z.array(z.looseObject({ path: z.string() })),
  }),
  maskError,
);
const reason = maskedForViewers(z.string(), maskReason);

export const deliverySchema = z.object({
  id: z.string(),
  state: z.enum(DELIVERY_STATES),
  held: maskedForViewers(z.string(), maskCause).nullable().describe('Why the lane holds, while it does'),
  reason: reason.nullable(),
  reasonCode: z.string().nullable(),
  entity: z.enum(ENTITY_NAMES),
  flow: z.string(),
  from: z.string(),
  to: z.string(),
  sourceId: z.string(),
  number: z.string().nullable(),
  version: z.number(),
  eventId: z.string(),
  attempts: z.number().describe('Attempts made'),
  maxAttempts: z.number().describe('Automatic tries before it waits for a person'),
  nextAttemptAt: z.iso.datetime().nullable(),
  targetNumber: z.string().nullable(),
  targetId: z.string().nullable(),
  error: problemDetail.nullable(),
  fingerprint: z.string().nullable(),
  waitingOn: z.array(
    z.object({
      entity: z.string(),
      sourceKey: z.string().nullable(),
      match: maskedForViewers(z.string()),
      counterpart: z
        .boolean()
        .describe("True: the target's own record is awaited, which became the named one in the source's system"),
      lines: z.array(z.string()).describe('Of a record that is there: its lines that are not known yet; else empty'),
    }),
  ),
  retry: z
    .object({
      operationId: z.string(),
      mode: z.string(),
      stage: z.string(),
      requestedBy: z.string(),
      since: z.iso.datetime(),
    })
    .nullable()
    .describe('The retry under way'),
  supersededBy: z.number().nullable(),
  endedBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});

export const operationSchema = z.object({
  id: z.string(),
  kind: z.literal('retry'),
  deliveryId: z.string(),
  mode: z.enum(['as-is', 'refresh']),
  state: z.enum(['requested', 'running', 'succeeded', 'failed']),
  result: maskedForViewers(z.string(), withhold).nullable(),
  requestedBy: z.string(),
  reason: maskedForViewers(z.string(), withhold),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const payloadFields = {
  payload: maskedForViewers(z.unknown().describe('The canonical record'), maskPayload),
  payloadProblem: z.string().nullable().describe('Why the payload cannot be shown'),
};

export const deliveryDetailSchema = deliverySchema.extend({
  lane: coordinates.nullable(),
  record: coordinates.nullable().describe('Where the event stands on the entity topic'),
  flowRevision: z.number(),
  mappingRevision: z.number().nullable(),
  documents: z.array(
    z.object({
      role: z.string(),
      subId: z.string().nullable(),
      externalRef: z.string(),
      targetId: z.string().nullable(),
      targetNumber: z.string().nullable(),
      draft: z.boolean(),
      accepted: z
        .object({
          handle: z.string().nullable().describe('What the target gave to ask for it by'),
          at: z.iso.datetime(),
          confirmBy: z.iso.datetime().nullable().describe('When a person is asked; null: there is no deadline'),
        })
        .nullable()
        .describe('While the target has taken the document and not confirmed it'),
    }),
  ),
  origin: z
    .string()
    .nullable()
    .describe(
      'The connection whose write of ours came back as this event (an echo); null: news, or its event is not known yet',
    ),
  counterparts: z
    .array(
      z.object({
        entity: z.string(),
        sourceKey: z.string().nullable().describe("What the source's record refers to"),
        targetId: z.string().describe("The target's own record"),
        through: z
          .enum(COUNTERPART_WAYS)
          .describe(
            "How it was found: by its link, by the link of what became of it in the source's system, by our external reference there, or by its natural key",
          ),
      }),
    )
    .describe("The target's own records that this record refers to, as the latest attempt found them"),
  attemptLog: z.array(
    z.object({
      attempt: z.number(),
      outcome: z.string(),
      startedAt: z.iso.datetime(),
      durationMs: z.number(),
      operationId: z.string().nullable(),
      flowRevision: z.number(),
      mappingRevision: z.number().nullable(),
      error: problemDetail.nullable(),
      exchanges: z.array(
        z.object({
          method: z.string(),
          url: maskedForViewers(z.string(), maskUrl),
          status: z.number().nullable(),
          requestBody: maskedForViewers(z.string()).nullable(),
          responseBody: maskedForViewers(z.string()).nullable(),
          startedAtMicros: z.number(),
          durationMs: z.number(),
        }),
      ),
    }),
  ),
  ...payloadFields,
  operations: z.array(operationSchema),
});

export const messageSchema = z.object({
  id: z.string(),
  state: z.enum(MESSAGE_STATES).describe('dead-letter: a record on a private topic that is nothing of ours'),
  open: z.boolean().describe('Could not be mapped or read, and was not made good since'),
  eventId: z.string().nullable(),
  entity: z.enum(ENTITY_NAMES).nullable().describe('null of a dead letter'),
  connection: z.string(),
  vendor: z.string(),
  sourceId: z.string(),
  number: z.string().nullable(),
  version: z.number().nullable(),
  deleted: z.boolean(),
  snapshot: z.boolean(),
  origin: z.string().nullable(),
  record: coordinates.nullable(),
  error: problemDetail.nullable(),
  at: z.iso.datetime(),
  deliveries: z.array(
    z.object({ id: z.string(), flow: z.string(), to: z.string(), state: z.string(), reason: reason.nullable() }),
  ),
});
