import { VendorError } from '@entrepot/vendor-kit';
import type { GraphqlAnswer, GraphqlQuery, ShopifyClient } from '../client.ts';

/** A single query may cost 1,000 points; a margin for what grows between two queries. */
const TARGET_COST = 900;
const FIRST_BATCH = 3;
const MAX_BATCH = 50;

export interface RecordBatches {
  /**
   * Asks for records in as few queries as their cost allows, and learns from every answer how many fit.
   * @throws VendorError; `rejected` (MAX_COST_EXCEEDED) only when a single record is already too costly
   */
  fetch<Node>(
    gids: readonly string[],
    query: Omit<GraphqlQuery, 'variables'>,
    variables: object,
    signal: AbortSignal,
  ): AsyncGenerator<FetchedBatch<Node>>;
}

export interface FetchedBatch<Node> {
  readonly gids: readonly string[];
  readonly answer: GraphqlAnswer<{ readonly nodes: readonly (Node | null)[] }>;
}

export function createRecordBatches(client: ShopifyClient): RecordBatches {
  let batchSize = FIRST_BATCH;
  let costPerRecord: number | null = null;
  return {
    async *fetch<Node>(
      gids: readonly string[],
      query: Omit<GraphqlQuery, 'variables'>,
      variables: object,
      signal: AbortSignal,
    ) {
      let position = 0;
      while (position < gids.length) {
        const batch = gids.slice(position, position + batchSize);
        const expectedCost = Math.ceil((costPerRecord ?? 100) * batch.length);
        try {
          const answer = await client.query<{ nodes: readonly (Node | null)[] }>(
            { ...query, variables: { ...variables, ids: batch }, expectedCost },
            signal,
          );
          if (answer.requestedCost !== null && answer.requestedCost > 0) {
            costPerRecord = answer.requestedCost / batch.length;
            batchSize = Math.min(MAX_BATCH, Math.max(1, Math.floor(TARGET_COST / costPerRecord)));
          }
          position += batch.length;
          yield { gids: batch, answer };
        } catch (error) {
          if (!(error instanceof VendorError) || error.code !== 'MAX_COST_EXCEEDED' || batch.length === 1) throw error;
          batchSize = Math.ceil(batch.length / 2);
        }
      }
    },
  };
}
