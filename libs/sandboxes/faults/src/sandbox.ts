import type { Router } from 'express';
import type { Faults } from './faults.ts';

/** A vendor's simulator, as the sandbox service mounts it. */
export interface Sandbox {
  /** URL part: the vendor's API is mounted at `/<name>`, its control API at `/_control/<name>`. */
  readonly name: string;
  readonly router: Router;
  readonly control: Router;
  readonly faults: Faults;
  /** Forgets everything and seeds anew: data, faults, logs. */
  reset(): void;
  /** Stops timers and deliveries under way. */
  close(): Promise<void>;
}
