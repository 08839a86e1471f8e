import avro from 'avsc';

/** The reading position of avsc in a buffer. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  skipLong(): void;
  skipString(): void;
}

/** What avsc calls on a type that is not in its declarations. */
interface RawType {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

type TypeOptions = Parameters<typeof avro.Type.forSchema>[1];

/**
 * A list whose announced length must fit into the bytes that are left. avsc believes the length: a record of a few damaged bytes would have
 * it make billions of items until the process dies, and die again on the same record after each start.
 */
class BoundedArrayType extends avro.types.ArrayType {
  protected _read(tap: Tap): unknown[] {
    const { itemsType } = this as unknown as { itemsType: RawType };
    let items: unknown[] | undefined;
    let next = 0;
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        count = -count;
        tap.skipLong();
      }
      checkFits(count, tap);
      // Its length is known of the first block, mostly the only one: faster than growing.
      items ??= new Array<unknown>(count);
      for (; count > 0; count -= 1) {
        items[next] = itemsType._read(tap);
        next += 1;
      }
    }
    return items ?? [];
  }

  protected _skip(tap: Tap): void {
    const { itemsType } = this as unknown as { itemsType: RawType };
    skipBlocks(tap, () => itemsType._skip(tap));
  }
}

/** A map; no schema of ours has one, but a newer version's that is skipped here may. */
class BoundedMapType extends avro.types.MapType {
  protected _skip(tap: Tap): void {
    const { valuesType } = this as unknown as { valuesType: RawType };
    skipBlocks(tap, () => {
      tap.skipString();
      valuesType._skip(tap);
    });
  }
}

function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      const bytes = tap.readLong();
      // A negative length would lead back to where the block began, for ever.
      if (bytes < 0) throw new RangeError(`a block of ${bytes} bytes`);
      tap.pos += bytes;
    } else {
      checkFits(count, tap);
      for (; count > 0; count -= 1) skipItem();
    }
  }
}

/** Each item takes a byte at least: a list of nulls or of empty records is in no schema of ours. */
function checkFits(count: number, tap: Tap): void {
  const left = tap.buf.length - tap.pos;
  if (count > left) throw new RangeError(`a list of ${count} items in ${left} bytes`);
}

/** Hook for `Type.forSchema`: makes lists and maps that believe no length. */
export function boundLists(schema: unknown, options: TypeOptions): avro.Type | undefined {
  const kind = (schema as { type?: unknown } | null)?.type;
  if (kind === 'array') return new BoundedArrayType(schema as never, options as never);
  if (kind === 'map') return new BoundedMapType(schema as never, options as never);
  return undefined;
}
