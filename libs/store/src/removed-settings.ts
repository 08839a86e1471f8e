export interface WithoutRemoved<Settings> {
  readonly settings: Settings;
  /** Paths of what said something: it had no effect, and a person may want to know. */
  readonly dropped: readonly string[];
}

/**
 * Leaves out `defaults`, which flows and their prerequisites had up to 0.1.0 and which no mapping ever read. Empty ones stood in every flow
 * and in every export, so they are taken without a word.
 */
export function dropRemoved(given: Record<string, unknown>): WithoutRemoved<Record<string, unknown>>;
export function dropRemoved(given: unknown): WithoutRemoved<unknown>;
export function dropRemoved(given: unknown): WithoutRemoved<unknown> {
  if (!isFields(given)) return { settings: given, dropped: [] };
  const own = dropDefaults(given, 'defaults');
  const { prerequisites } = own.fields;
  if (!isFields(prerequisites)) return { settings: own.fields, dropped: own.dropped };
  const entries = Object.entries(prerequisites).map(([entity, settings]) => {
    if (!isFields(settings)) return { entry: [entity, settings] as const, dropped: [] };
    const { fields, dropped } = dropDefaults(settings, `prerequisites.${entity}.defaults`);
    return { entry: [entity, fields] as const, dropped };
  });
  return {
    settings: { ...own.fields, prerequisites: Object.fromEntries(entries.map(({ entry }) => entry)) },
    dropped: [...own.dropped, ...entries.flatMap(({ dropped }) => dropped)],
  };
}

type Fields = Readonly<Record<string, unknown>>;

function dropDefaults(given: Fields, path: string): { readonly fields: Fields; readonly dropped: readonly string[] } {
  if (!Object.hasOwn(given, 'defaults')) return { fields: given, dropped: [] };
  const { defaults, ...fields } = given;
  const isEmpty = isFields(defaults) && Object.keys(defaults).length === 0;
  return { fields, dropped: isEmpty ? [] : [path] };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
