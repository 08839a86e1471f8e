import { BaseRpcContext } from '@nestjs/microservices';
import type { BrokerRecord } from '../record.ts';

/** What a handler gets with `@Ctx()`. */
export class RecordContext extends BaseRpcContext<[BrokerRecord, AbortSignal]> {
  get record(): BrokerRecord {
    return this.args[0];
  }

  /** Aborts when the partition is lost or the service stops: reject then, the record is read again by the next owner. */
  get signal(): AbortSignal {
    return this.args[1];
  }
}
