import type { z } from 'zod';
import type { SourceDefinition } from './source.ts';
import type { TargetDefinition } from './target.ts';

/** A vendor plug-in: everything the runtimes, the ledger and the console need to know of a vendor. */
// biome-ignore lint/suspicious/noExplicitAny: a list of vendors is heterogeneous; each lib is typed by its own definition.
export interface Vendor<Settings = any, Secrets = any> {
  /** Topic and URL part, e.g. `sap-b1`. */
  readonly name: string;
  /** For people, e.g. `SAP Business One`. */
  readonly title: string;
  /** Settings of a connection (shown in forms; JSON Schema derived). */
  readonly settings: z.ZodType<Settings>;
  /** Secrets of a connection (write-only in the API, encrypted at rest). */
  readonly secrets: z.ZodType<Secrets>;
  readonly source: SourceDefinition<Settings, Secrets> | null;
  readonly target: TargetDefinition<Settings, Secrets> | null;
}
