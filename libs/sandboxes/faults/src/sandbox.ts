import type { Router } from 'express';
import type { Faults } from './faults.ts';
import type { PlainHandler } from './vendor-api.ts';

/** A vendor's simulator, as the sandbox service mounts it. */
export interface Sandbox {
  /** URL part: the vendor's API is at `/<name>`, its control API is to be mounted at `/_control/<name>`. */
  readonly name: string;
  /** The vendor's API; asked with the whole path. */
  readonly serve: PlainHandler;
  readonly control: Router;
  readonly faults: Faults;
  /** Forgets everything and seeds anew: data, faults, logs. */
  reset(): void;
  /** Stops timers and deliveries under way. */
  close(): Promise<void>;
}
