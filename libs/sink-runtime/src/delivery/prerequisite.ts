import { evaluateFields, evaluateLineFields } from '@entrepot/mapping';
import type { Flow } from '@entrepot/store';
import type { PlannedDocument, TargetDependency } from '@entrepot/vendor-kit';
import { type DependencyResult, judgeHits, linkOf, matchDependency, readTargetId } from './dependency-match.ts';
import { LinkEdit } from './link-edit.ts';
import { linkLock, matchLock } from './locks.ts';
import { describeProblem, endAttempt, failAttempt } from './result.ts';
import type { AttemptScope } from './scope.ts';
import { type DocumentResult, rememberEarlierWriter, writeDocument } from './write-document.ts';

/**
 * Finds or creates a record that another one needs (an order's customer), through that record's own link and under the locks of its
 * link and natural key: two orders of one new customer make one customer, and so do an order and the customer's own delivery.
 */
export function createPrerequisite(scope: AttemptScope, dependency: TargetDependency): Promise<DependencyResult> {
  const id = linkOf(scope, dependency);
  return scope.locks.run([linkLock(id), matchLock(id.target, dependency.entity, dependency.naturalKey)], async () => {
    const link = await scope.links.get(id);
    rememberEarlierWriter(scope, id, link);
    const known = readTargetId(link, dependency.role);
    if (known !== null && dependency.askedFirst !== 'target')
      return { status: 'resolved', resolved: { dependency, targetId: known } };
    const hits = await matchDependency(scope, dependency);
    if (hits.length > 1) return judgeHits(dependency, hits);
    if (known !== null && (hits.length === 0 || hits[0]?.targetId === known))
      return { status: 'resolved', resolved: { dependency, targetId: known } };
    const planned = await planPrerequisite(scope, dependency, id.sourceKey);
    if ('status' in planned) return planned;
    const edit = new LinkEdit(scope.links, id, link, {
      epoch: scope.access.epoch,
      nowMicros: () => scope.clock.nowMicros(),
      deliveryId: null,
    });
    const [only] = hits;
    if (only !== undefined) {
      edit.noteDocument(planned.main, only);
      await edit.flush();
      return { status: 'resolved', resolved: { dependency, targetId: only.targetId } };
    }
    return writePrerequisite({ ...scope, flow: planned.flow }, dependency, edit, planned.documents);
  });
}

interface PrerequisitePlan {
  readonly main: PlannedDocument;
  readonly documents: readonly PlannedDocument[];
  readonly flow: Flow;
}

async function planPrerequisite(
  scope: AttemptScope,
  dependency: TargetDependency,
  sourceKey: string,
): Promise<PrerequisitePlan | DependencyResult> {
  const { access } = scope;
  if (dependency.prerequisite === null) return judgeHits(dependency, []);
  // The record's own flow, where there is one, knows how such records are made (series, groups, terms).
  const own = scope.configuration
    .flowsFrom(dependency.entity, scope.delivery.event.connection)
    .find((flow) => flow.to === access.connection.id && flow.active);
  const flow = own ?? scope.flow;
  const profile = await scope.call('prepare', (call) => access.target.prepare(call));
  const mapped = access.target.entity(dependency.entity).map(dependency.prerequisite, {
    connection: access.connection,
    flow: flow.settings,
    resolved: [],
    profile,
    sourceKey,
    existing: {},
    lineMap: [],
    fields: await evaluateFields(flow.settings, dependency.entity, dependency.prerequisite),
    lineFields: await evaluateLineFields(flow.settings, dependency.entity, dependency.prerequisite),
    now: () => scope.clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return { status: 'ended', result: failAttempt(mapped.error) };
  const [main] = mapped.documents;
  if (main === undefined) return judgeHits(dependency, []);
  return { main, documents: mapped.documents, flow };
}

async function writePrerequisite(
  scope: AttemptScope,
  dependency: TargetDependency,
  edit: LinkEdit,
  documents: readonly PlannedDocument[],
): Promise<DependencyResult> {
  const target = scope.access.target.entity(dependency.entity);
  try {
    for (const planned of documents) {
      const result = await writeDocument(scope, {
        target,
        edit,
        planned,
        version: null,
        findNewer: async () => null,
        adoptable: null,
      });
      const ended = endPrerequisite(dependency, result);
      if (ended !== null) return ended;
    }
  } finally {
    await edit.flush();
  }
  const targetId = documents[0] === undefined ? null : (edit.document(documents[0])?.targetId ?? null);
  if (targetId === null) return judgeHits(dependency, []);
  return { status: 'resolved', resolved: { dependency, targetId } };
}

function endPrerequisite(dependency: TargetDependency, result: DocumentResult): DependencyResult | null {
  switch (result.status) {
    case 'in-doubt': {
      const { error, notBeforeMicros } = result;
      return { status: 'ended', result: endAttempt('in-doubt', { error, notBeforeMicros }) };
    }
    case 'mismatch':
      return { status: 'ended', result: endAttempt('mismatch', { error: result.error }) };
    case 'refused':
      return { status: 'ended', result: failAttempt(result.error) };
    case 'accepted':
      return judgeHits(dependency, []);
    case 'absent':
    case 'overtaken':
      return {
        status: 'ended',
        result: failAttempt(
          describeProblem(
            'mapping',
            'by-product-cancelled',
            `The ${dependency.entity} needed is cancelled at its source`,
            null,
          ),
        ),
      };
    case 'created':
    case 'applied':
    case 'unchanged':
      return null;
  }
}
