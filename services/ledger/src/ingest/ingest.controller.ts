import type { BrokerRecord } from '@entrepot/broker';
import { ATTEMPT_TOPIC, ENTITY_NAMES, entityTopic, UNMAPPED_TOPIC } from '@entrepot/canonical';
import { withDeadline } from '@entrepot/store';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LEDGER } from '../injection.ts';
import type { Ledger } from '../ledger.ts';

/** A record that takes longer is retried: the driver can wait for ever for a connection that broke at the wrong moment. */
const DEADLINE_MS = 60_000;

/** Ingests events and reports. Each handler resolves when a majority has written the record's changes. */
@Controller()
export class IngestController {
  private readonly ledger: Ledger;

  constructor(@Inject(LEDGER) ledger: Ledger) {
    this.ledger = ledger;
  }

  @EventPattern(ENTITY_NAMES.map(entityTopic))
  event(@Payload() record: BrokerRecord): Promise<void> {
    return withDeadline(this.ledger.ingest.event(record), DEADLINE_MS);
  }

  @EventPattern([ATTEMPT_TOPIC, UNMAPPED_TOPIC])
  report(@Payload() record: BrokerRecord): Promise<void> {
    return withDeadline(this.ledger.ingest.report(record), DEADLINE_MS);
  }
}
