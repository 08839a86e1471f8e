// Every place where data of persons is kept, as whoever erases it or answers for it needs to know. Tests compare it with the collections and
// topics that exist, and with where the data of a made-up person is found after its order went through.

/** A collection of the store or of the ledger, a kind of Kafka topic (`*`: a vendor), or the services' logs. */
export interface DataPlace {
  readonly holder: 'store' | 'ledger' | 'kafka' | 'logs';
  readonly name: string;
}

export interface PersonalDataPlace extends DataPlace {
  /** What of persons stands in which field; a field stands for those below it, and for each entry of a list. */
  readonly fields: Readonly<Record<string, string>>;
  readonly why: string;
  /** How it goes, by itself or by a person's deed. */
  readonly erased: string;
  readonly kept: string;
}

const RECORD_ID = 'id of an order or a customer at the source: it leads to a person there';
const NEXT_STATE = 'the next state of the record replaces it; an empty value of its key erases it';
const WITH_MESSAGE = 'with its message';
const MESSAGE_DAYS = 'ENTREPOT_RETENTION_DAYS (30) after the last delivery of its event has ended';
const FOUR_WEEKS = '28 days';

export const PERSONAL_DATA: readonly PersonalDataPlace[] = [
  {
    holder: 'store',
    name: 'connections',
    fields: { attention: 'words of a vendor, which may quote a record' },
    why: 'tells an operator what to do',
    erased: 'with the next message, or once it is settled',
    kept: 'until then',
  },
  {
    holder: 'store',
    name: 'links',
    fields: {
      _id: RECORD_ID,
      sourceKey: RECORD_ID,
      'documents.externalRef': RECORD_ID,
      'documents.targetId': 'key of the document or business partner in the target',
      'documents.targetNumber': 'number of the document or business partner in the target',
      'documents.accepted': 'by what the target is asked for a document that it has taken',
      'documents.intent.expected': 'hashes of groups of fields of what is being created',
      'orphans.targetId': 'key of a document in the target',
      'marks.by': 'the operator who closed a delivery',
      'marks.reason': "the operator's words",
    },
    why: 'nothing is created twice, and a change finds what it changes',
    erased: 'not by itself: without it an order would be created again',
    kept: 'as long as the installation',
  },
  {
    holder: 'store',
    name: 'published',
    fields: { _id: RECORD_ID, contentHash: "hash of the record's content" },
    why: 'what has not changed is not published again',
    erased: 'not by itself: without it every record would be published again',
    kept: 'as long as the installation',
  },
  {
    holder: 'store',
    name: 'latestStates',
    fields: {
      _id: RECORD_ID,
      sourceId: RECORD_ID,
      orderingKey: RECORD_ID,
      value: 'the whole record, of entities that plans of targets are based on',
    },
    why: 'a plan is based on the latest states of other records',
    erased: `${NEXT_STATE}; of the id its place is left for two weeks`,
    kept: 'a minute longer than a flow collects it; not longer than its connection',
  },
  {
    holder: 'store',
    name: 'targetStates',
    fields: {
      _id: 'key of the document or business partner in the target',
      record: RECORD_ID,
      hash: 'hash of what the target has of the record',
      fields: "hashes of groups of the target's fields",
      'inStep.recordId': RECORD_ID,
      'inStep.fields': "hashes of groups of the target's fields",
      'writing.possible': "hashes of groups of the target's fields",
      'writing.sent': "hashes of groups of the target's fields",
    },
    why: 'our own writes that come back are told from changes, and changes on both sides are merged',
    erased: 'not by itself: without it our own writes would come back as changes',
    kept: 'not longer than its connection',
  },
  {
    holder: 'store',
    name: 'sourceOperations',
    fields: {
      'request.sourceIds': RECORD_ID,
      cursor: 'position in what a source lists, which may hold the id of a record',
      waitsFor: 'words of a vendor, which may quote a record',
      error: 'words of a vendor, which may quote a record',
      startedBy: 'the operator who started it',
    },
    why: 'a connector goes on where it stopped, and an operator sees how far it is',
    erased: 'by its retention',
    kept: '30 days after it has ended',
  },
  {
    holder: 'ledger',
    name: 'messages',
    fields: {
      sourceId: RECORD_ID,
      number: "the order's number",
      bytes: 'the whole record: names, addresses, telephones, e-mails, notes, what was bought',
      headers: 'number and facts of the record',
      contentHash: "hash of the record's content",
      error: 'words of the source, which may quote the record',
      fingerprint: 'the words of errors, without what they quote',
      refs: 'numbers and ids, to search by',
    },
    why: 'an operator sees what was to be delivered, and retries it',
    erased: 'by the hourly sweep',
    kept: MESSAGE_DAYS,
  },
  {
    holder: 'ledger',
    name: 'deliveries',
    fields: {
      sourceId: RECORD_ID,
      number: "the order's number",
      reason: 'why it ended, in words of operators or targets',
      error: 'words of the target, which may quote the record',
      fingerprint: 'the words of errors, without what they quote',
      'attempts.error': 'words of the target, which may quote the record',
      'attempts.exchanges': 'what was sent and answered: the record as the target takes it',
      documents: 'references, keys and numbers of documents and business partners',
      waitingOn: 'the e-mail, number or id that a prerequisite is looked for by',
      waitingKeys: 'the same, to search by',
      'outstanding.requestedBy': 'the operator who retries it',
      endedBy: 'the operator who ended it',
      refs: 'numbers and ids, to search by',
    },
    why: 'an operator sees why it failed, and what the target was told',
    erased: WITH_MESSAGE,
    kept: MESSAGE_DAYS,
  },
  {
    holder: 'ledger',
    name: 'operations',
    fields: {
      requestedBy: 'the operator who asked for it',
      reason: "the operator's words",
      result: 'its result, in words of the target',
    },
    why: 'who retried what, and what came of it',
    erased: 'by the hourly sweep',
    kept: 'ENTREPOT_RETENTION_DAYS (30)',
  },
  {
    holder: 'ledger',
    name: 'audit',
    fields: {
      actor: 'label of the token that acted: an operator',
      subject: 'what was acted on: ids, addresses of callers that were refused',
      reason: "the operator's words",
      details: 'what the action was about',
    },
    why: 'who did what, and who was refused',
    erased: 'by the hourly sweep',
    kept: 'ENTREPOT_AUDIT_DAYS (365)',
  },
  {
    holder: 'ledger',
    name: 'tokens',
    fields: { label: 'whose token it is', createdBy: 'who made it' },
    why: 'access to the API, and who is behind an action',
    erased: 'not by itself: a token taken back stays so',
    kept: 'as long as the installation',
  },
  {
    holder: 'ledger',
    name: 'laneStatus',
    fields: { reason: 'words of a vendor, which may quote a record' },
    why: 'tells an operator why a lane stands still',
    erased: "with the lane's next report",
    kept: 'until then',
  },
  {
    holder: 'kafka',
    name: 'entrepot.customer.v1',
    fields: { key: RECORD_ID, value: 'the whole record', headers: 'number and facts of the record' },
    why: 'subscribers and sinks read the state of each customer from it',
    erased: NEXT_STATE,
    kept: 'the latest state as long as the installation, former ones three weeks at most',
  },
  {
    holder: 'kafka',
    name: 'entrepot.order.v1',
    fields: { key: RECORD_ID, value: 'the whole record', headers: 'number and facts of the record' },
    why: 'subscribers and sinks read the state of each order from it',
    erased: NEXT_STATE,
    kept: 'the latest state as long as the installation, former ones three weeks at most',
  },
  {
    holder: 'kafka',
    name: 'entrepot.shipment.v1',
    fields: {
      key: RECORD_ID,
      value: 'addresses and names of who gets the goods',
      headers: 'number and facts of the record',
    },
    why: 'as orders',
    erased: NEXT_STATE,
    kept: 'the latest state as long as the installation, former ones three weeks at most',
  },
  {
    holder: 'kafka',
    name: 'entrepot.invoice.v1',
    fields: { key: RECORD_ID, value: 'addresses and names of who pays', headers: 'number and facts of the record' },
    why: 'as orders',
    erased: NEXT_STATE,
    kept: 'the latest state as long as the installation, former ones three weeks at most',
  },
  {
    holder: 'kafka',
    name: 'entrepot.price.v1',
    fields: { value: 'the customer that a price is made for' },
    why: 'as orders',
    erased: NEXT_STATE,
    kept: 'the latest state as long as the installation, former ones three weeks at most',
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.attempt.v1',
    fields: { key: RECORD_ID, value: 'the report of an attempt: what was sent and answered, words of the target' },
    why: 'the ledger takes it in',
    erased: 'by its retention',
    kept: FOUR_WEEKS,
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.unmapped.v1',
    fields: { key: RECORD_ID, value: 'why a record could not be mapped, in words that may quote it' },
    why: 'the ledger takes it in',
    erased: 'by its retention',
    kept: FOUR_WEEKS,
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.inbox.*',
    fields: { key: RECORD_ID, value: 'ids of records that changed; the body of a webhook is not kept' },
    why: 'no webhook that was acknowledged is lost',
    erased: 'by its retention',
    kept: '14 days',
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.command.*',
    fields: { value: 'ids of records to read again, and the operator who asked' },
    why: 'the ledger has a connector read again',
    erased: 'by its retention',
    kept: '14 days',
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.lane.*',
    fields: { key: RECORD_ID, value: 'the whole record', headers: 'number and facts of the record' },
    why: 'deliveries in their order',
    erased: 'once it is delivered: the owner of the lane deletes what it has passed',
    kept: 'until then',
  },
  {
    holder: 'kafka',
    name: 'entrepot.internal.bulk.*',
    fields: { key: RECORD_ID, value: 'the whole record', headers: 'number and facts of the record' },
    why: 'deliveries that give way to those of the lane',
    erased: 'once it is delivered: the owner of the lane deletes what it has passed',
    kept: 'until then',
  },
  {
    holder: 'logs',
    name: 'debug',
    fields: { line: 'facts of records, which the log hides from info on' },
    why: 'finds a fault where an operator asks for it (ENTREPOT_LOG_LEVEL)',
    erased: 'by whoever keeps the logs',
    kept: 'as long as they are kept',
  },
];
