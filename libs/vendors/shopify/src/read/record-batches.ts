import { VendorError } from '@entrepot/vendor-kit';
import {
  type GraphqlAnswer,
  type GraphqlQuery,
  isThrottled,
  MOST_REFUSALS,
  type ShopifyClient,
} from '../api/client.ts';

/** A single query may cost 1,000 points; a margin for what grows between two queries. */
const TARGET_COST = 900;
const FIRST_BATCH = 3;
const MAX_BATCH = 50;
/** Assumed of a record before Shopify said what one costs. */
const UNKNOWN_COST = 100;

export interface RecordBatches {
  /**
   * Asks for the first records in one query: for as many as a single query may cost and as the budget has when it is our turn. Learns
   * from every answer what a record costs.
   * @param begins called right before the query is sent
   * @throws VendorError; `rejected` (MAX_COST_EXCEEDED) only when a single record is already too costly
   */
  look<Node>(
    gids: readonly string[],
    query: Omit<GraphqlQuery, 'variables' | 'use'>,
    variables: object,
    begins: (gids: readonly string[]) => void,
    signal: AbortSignal,
  ): Promise<LookedAt<Node>>;
}

export interface LookedAt<Node> {
  readonly gids: readonly string[];
  readonly answer: GraphqlAnswer<{ readonly nodes: readonly (Node | null)[] }>;
}

export function createRecordBatches(client: ShopifyClient): RecordBatches {
  let batchSize = FIRST_BATCH;
  let costPerRecord = UNKNOWN_COST;
  return {
    async look<Node>(
      gids: readonly string[],
      query: Omit<GraphqlQuery, 'variables' | 'use'>,
      variables: object,
      begins: (gids: readonly string[]) => void,
      signal: AbortSignal,
    ) {
      for (let refusals = 0; ; ) {
        const most = Math.min(batchSize, gids.length);
        const grant = await client.budget.acquire({
          use: 'look',
          least: Math.ceil(costPerRecord),
          most: Math.ceil(costPerRecord * most),
          signal,
        });
        const batch = gids.slice(0, Math.max(1, Math.min(most, Math.floor(grant.points / costPerRecord))));
        begins(batch);
        try {
          const answer = await client.query<{ nodes: readonly (Node | null)[] }>(
            { ...query, use: 'look', variables: { ...variables, ids: batch } },
            signal,
            grant,
          );
          if (answer.requestedCost !== null && answer.requestedCost > 0) {
            costPerRecord = answer.requestedCost / batch.length;
            batchSize = Math.min(MAX_BATCH, Math.max(1, Math.floor(TARGET_COST / costPerRecord)));
          }
          return { gids: batch, answer };
        } catch (error) {
          const cost = client.lastCost(query.name);
          if (isThrottled(error) && cost !== null && refusals < MOST_REFUSALS) {
            // Refused, but now its cost is known: fewer records may be had at once.
            refusals += 1;
            costPerRecord = cost / batch.length;
            continue;
          }
          if (!(error instanceof VendorError) || error.code !== 'MAX_COST_EXCEEDED' || batch.length === 1) throw error;
          batchSize = Math.ceil(batch.length / 2);
        }
      }
    },
  };
}
