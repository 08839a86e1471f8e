import type { EntityName } from '@entrepot/canonical';
import { createMasker, type Masker } from '@entrepot/service-kit/masking';
import { learnCredentials } from '../http/client.ts';
import type {
  MapOutcome,
  SessionVault,
  Target,
  TargetContext,
  TargetDefinition,
  TargetEntity,
  UpdateOutcome,
} from '../target.ts';
import { guardErrors, maskDetail, maskFields, maskLog, maskReport } from './mask-error.ts';

export interface GuardedTargetContext<Settings, Secrets> extends TargetContext<Settings, Secrets> {
  /** Knows the secrets of the connection and its stored session; for the HTTP client, which teaches it later ones. */
  readonly masker: Masker;
}

export interface TargetDesign<Settings, Secrets> extends Omit<TargetDefinition<Settings, Secrets>, 'open'> {
  open(context: GuardedTargetContext<Settings, Secrets>): Target;
}

/**
 * A target whose errors, problems, reports and log lines carry no secret of their connection, whatever the vendor repeats. Every vendor
 * defines its target by this.
 */
export function defineTarget<Settings, Secrets>(
  design: TargetDesign<Settings, Secrets>,
): TargetDefinition<Settings, Secrets> {
  return {
    ...design,
    open: (context) => {
      const masker = createMasker(context.connection.secrets);
      const guarded = {
        ...context,
        masker,
        log: maskLog(context.log, masker),
        now: () => context.now(),
        sessionVault: guardVault(context.sessionVault, masker),
      };
      return guardTarget(
        guardErrors(masker, () => design.open(guarded)),
        masker,
      );
    },
  };
}

function guardVault(vault: SessionVault, masker: Masker): SessionVault {
  return {
    read: async () => {
      const token = await vault.read();
      if (token !== null) learnCredentials(masker, token);
      return token;
    },
    write: (token) => {
      if (token !== null) learnCredentials(masker, token);
      return vault.write(token);
    },
  };
}

function guardTarget(target: Target, masker: Masker): Target {
  const entities = new Map<EntityName, TargetEntity<never>>();
  return {
    entity: <E extends EntityName>(name: E): TargetEntity<E> => {
      const known =
        entities.get(name) ??
        guardEntity(guardErrors(masker, () => target.entity(name)) as TargetEntity<never>, masker);
      entities.set(name, known);
      return known as unknown as TargetEntity<E>;
    },
    fence: (call) => guardErrors(masker, () => target.fence(call)),
    prepare: (call) => guardErrors(masker, () => target.prepare(call)),
    test: (call) => guardErrors(masker, () => maskReport(target.test(call), masker)),
    listValues: (kind, call) => guardErrors(masker, () => target.listValues(kind, call)),
    close: () => guardErrors(masker, () => target.close()),
  };
}

function guardEntity<E extends EntityName>(entity: TargetEntity<E>, masker: Masker): TargetEntity<E> {
  const { naturalKeyOf } = entity;
  return {
    createGuard: entity.createGuard,
    visibleWithinMs: entity.visibleWithinMs,
    verifyByDefault: entity.verifyByDefault,
    flowSettings: entity.flowSettings,
    dependencies: (record, flow, connection) =>
      guardErrors(masker, () => entity.dependencies(record, flow, connection)),
    ...(naturalKeyOf === undefined
      ? {}
      : {
          naturalKeyOf: (record, flow, connection) =>
            guardErrors(masker, () => naturalKeyOf.call(entity, record, flow, connection)),
        }),
    match: (naturalKey, call) => guardErrors(masker, () => entity.match(naturalKey, call)),
    map: (record, context) =>
      maskMapped(
        guardErrors(masker, () => entity.map(record, context)),
        masker,
      ),
    find: (document, call) => guardErrors(masker, () => entity.find(document, call)),
    create: (document, call) => guardErrors(masker, () => entity.create(document, call)),
    read: (role, targetId, call) => guardErrors(masker, () => entity.read(role, targetId, call)),
    update: async (document, current, call) =>
      maskUpdated(await guardErrors(masker, () => entity.update(document, current, call)), masker),
    compare: (document, current, flow) =>
      maskFields(
        guardErrors(masker, () => entity.compare(document, current, flow)),
        masker,
      ),
    stateHash: (current) => guardErrors(masker, () => entity.stateHash(current)),
  };
}

function maskMapped(outcome: MapOutcome, masker: Masker): MapOutcome {
  return outcome.ok ? outcome : { ok: false, error: maskDetail(outcome.error, masker) };
}

function maskUpdated(outcome: UpdateOutcome, masker: Masker): UpdateOutcome {
  if (outcome.status === 'refused') return { status: 'refused', error: maskDetail(outcome.error, masker) };
  return outcome.notCarriedOver === undefined
    ? outcome
    : { ...outcome, notCarriedOver: maskFields(outcome.notCarriedOver, masker) };
}
