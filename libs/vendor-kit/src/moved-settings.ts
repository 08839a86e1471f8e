/** A setting that stood elsewhere in earlier releases: `adjustmentPolicy` → `source.order.adjustmentPolicy`. */
export interface MovedSetting {
  readonly from: string;
  /** Dotted path. */
  readonly to: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Settings of a connection as the vendor has them today, where an earlier release kept some of them elsewhere; with what was moved. A
 * setting that stands at its new place already stays as it is there.
 */
export function moveSettings(
  movedSettings: readonly MovedSetting[],
  settings: Fields,
): { readonly settings: Fields; readonly moved: readonly MovedSetting[] } {
  const moved = movedSettings.filter(({ from }) => Object.hasOwn(settings, from));
  const current = moved.reduce((before, { from, to }) => {
    const { [from]: value, ...others } = before;
    return setDefault(others, to.split('.'), value);
  }, settings);
  return { settings: current, moved };
}

/** Sets a value deep inside, unless one is there, or something that is no place for it. */
function setDefault(fields: Fields, [name, ...rest]: readonly string[], value: unknown): Fields {
  if (name === undefined) return fields;
  const present = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rest.length === 0) return present === undefined ? { ...fields, [name]: value } : fields;
  if (present !== undefined && !isFields(present)) return fields;
  return { ...fields, [name]: setDefault(present ?? {}, rest, value) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
