import type { EntityName, EntityOf } from '@entrepot/canonical';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Flow } from '@entrepot/store';
import type { CallContext, KeyLocks } from '@entrepot/vendor-kit';
import type { CallName, TargetAccess } from '../lane/access.ts';
import type { Configuration, Delivery, Links, PublishedVersions } from '../ports.ts';

/** What the delivery stages share: no hidden state, everything an attempt touches is here. */
export interface AttemptScope {
  readonly clock: Clock;
  readonly links: Links;
  readonly published: PublishedVersions;
  readonly configuration: Pick<Configuration, 'flowsFrom'>;
  readonly locks: KeyLocks;
  readonly access: TargetAccess;
  readonly delivery: Delivery;
  readonly flow: Flow;
  readonly entity: EntityOf<EntityName>;
  readonly signal: AbortSignal;
  /** Runs one operation of this attempt against the target. */
  call<T>(name: CallName, run: (call: CallContext) => Promise<T>, onSend?: () => void): Promise<T>;
}
