/** A setting that stood elsewhere in earlier releases: `adjustmentPolicy` → `source.order.adjustmentPolicy`. */
export interface MovedSetting {
  readonly from: string;
  /** Dotted path. */
  readonly to: string;
}

type Fields = Readonly<Record<string, unknown>>;

export interface MovedSettings {
  readonly settings: Fields;
  readonly moved: readonly MovedSetting[];
  /** Stood at their old place, and count for nothing: there is a value at the new one, or no place for it. */
  readonly dropped: readonly MovedSetting[];
}

/**
 * Settings of a connection as the vendor has them today, where an earlier release kept some of them elsewhere; with what was moved. A
 * setting that stands at its new place already stays as it is there.
 */
export function moveSettings(movedSettings: readonly MovedSetting[], settings: Fields): MovedSettings {
  const moved: MovedSetting[] = [];
  const dropped: MovedSetting[] = [];
  const current = movedSettings
    .filter(({ from }) => Object.hasOwn(settings, from))
    .reduce((before, setting) => {
      const { [setting.from]: value, ...others } = before;
      const after = setDefault(others, setting.to.split('.'), value);
      (after === others ? dropped : moved).push(setting);
      return after;
    }, settings);
  return { settings: current, moved, dropped };
}

/** Sets a value deep inside, unless one is there, or something that is no place for it: the same fields then. */
function setDefault(fields: Fields, [name, ...rest]: readonly string[], value: unknown): Fields {
  if (name === undefined) return fields;
  const present = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (rest.length === 0) return present === undefined ? { ...fields, [name]: value } : fields;
  if (present !== undefined && !isFields(present)) return fields;
  const inner = setDefault(present ?? {}, rest, value);
  return inner === present ? fields : { ...fields, [name]: inner };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
