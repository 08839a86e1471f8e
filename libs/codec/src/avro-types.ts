import { type AvroRecord, checkDecimalFits, Decimal } from '@entrepot/canonical';
import avro from 'avsc';

const ZERO = new Decimal(0);
const ZERO_BYTES = Buffer.from([0]);
/** Bytes that a JS number reads exactly. */
const EXACT_BYTES = 6;
/** Digits that a JS number holds exactly. */
const EXACT_DIGITS = 15;
/** decimal.js keeps its digits in words of seven. */
const WORD_DIGITS = 7;

/** Avro's decimal (bytes: unscaled two's complement, big-endian) as a Decimal. Further digits than the scale are rounded half up. */
class DecimalType extends avro.types.LogicalType {
  declare readonly precision: number;
  declare readonly scale: number;
  declare readonly factor: Decimal;
  /** The value written last: a nullable field is asked twice, whether it fits and for its bytes. */
  declare last: { readonly value: unknown; readonly bytes: Buffer } | null;

  // avsc calls its constructor with the schema's attributes; a field initialiser would run too late for it.
  constructor(schema: avro.Schema, options?: Parameters<typeof avro.Type.forSchema>[1]) {
    super(
      schema as ConstructorParameters<typeof avro.types.LogicalType>[0],
      options as ConstructorParameters<typeof avro.types.LogicalType>[1],
    );
    const { precision, scale } = schema as unknown as { precision: number; scale: number };
    this.precision = precision;
    this.scale = scale;
    this.factor = new Decimal(10).pow(scale);
    this.last = null;
  }

  protected override _fromValue(bytes: Buffer): Decimal {
    if (bytes.length === 1 && bytes[0] === 0) return ZERO;
    if (bytes.length === 0) return ZERO;
    if (bytes.length <= EXACT_BYTES) return placePoint(bytes.readIntBE(0, bytes.length), this.scale);
    const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)).toString();
    return new Decimal(unscaled).div(this.factor);
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    if (this.last !== null && this.last.value === value) return this.last.bytes;
    if (!(value instanceof Decimal) && !Decimal.isDecimal(value)) return undefined;
    const bytes = this.write(value as Decimal);
    if (bytes !== undefined) this.last = { value, bytes };
    return bytes;
  }

  private write(decimal: Decimal): Buffer | undefined {
    if (decimal.isZero()) return ZERO_BYTES;
    const exact = readUnscaled(decimal, this);
    if (exact !== null) return writeNumber(exact);
    if (checkDecimalFits(decimal, this)) return undefined;
    return writeTwosComplement(BigInt(decimal.times(this.factor).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toFixed(0)));
  }

  protected override _resolve(writer: avro.Type): ((value: unknown) => unknown) | undefined {
    if (writer instanceof DecimalType && writer.scale === this.scale) return (value) => value;
    return undefined;
  }

  protected override _export(schema: avro.Schema): void {
    Object.assign(schema, { precision: this.precision, scale: this.scale });
  }
}

/** Divides by the power of ten as text: an exact division of Decimals costs ten times as much, and an order holds a hundred amounts. */
function placePoint(unscaled: number, scale: number): Decimal {
  const factor = 10 ** scale;
  if (unscaled % factor === 0) return new Decimal(unscaled / factor);
  const digits = Math.abs(unscaled);
  const text = `${Math.floor(digits / factor)}.${String(digits % factor).padStart(scale, '0')}`;
  return new Decimal(unscaled < 0 ? `-${text}` : text);
}

/** The decimal times its power of ten as an exact JS number; null when it is too long for one, or must be rounded. */
function readUnscaled(decimal: Decimal, type: { precision: number; scale: number }): number | null {
  const wholeDigits = decimal.e + 1;
  if (!(wholeDigits + type.scale <= EXACT_DIGITS && wholeDigits <= type.precision - type.scale)) return null;
  let exponent = Math.floor(decimal.e / WORD_DIGITS) * WORD_DIGITS + type.scale;
  let unscaled = 0;
  for (const word of decimal.d) {
    if (exponent >= 0) unscaled += word * 10 ** exponent;
    else {
      const divisor = 10 ** -exponent;
      if (word % divisor !== 0) return null;
      unscaled += word / divisor;
    }
    exponent -= WORD_DIGITS;
  }
  return decimal.s * unscaled;
}

function writeNumber(value: number): Buffer {
  let [bytes, limit] = [1, 128];
  while (value >= limit || value < -limit) {
    bytes += 1;
    limit *= 256;
  }
  if (bytes > EXACT_BYTES) return writeTwosComplement(BigInt(value));
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

function writeTwosComplement(value: bigint): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes += 1;
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}

/**
 * Makes the type that reads and writes a schema: decimals as Decimal, microseconds as numbers, unions as the bare value.
 * Throws on a schema that is not valid Avro.
 */
export function createAvroType(schema: AvroRecord): avro.Type {
  return avro.Type.forSchema(schema as unknown as avro.Schema, {
    registry: {},
    wrapUnions: false,
    omitRecordMethods: true,
    logicalTypes: { decimal: DecimalType as unknown as new () => avro.types.LogicalType },
    typeHook: boundLists,
  });
}

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
function boundLists(schema: unknown, options: TypeOptions): avro.Type | undefined {
  const kind = (schema as { type?: unknown } | null)?.type;
  if (kind === 'array') return new BoundedArrayType(schema as never, options as never);
  if (kind === 'map') return new BoundedMapType(schema as never, options as never);
  return undefined;
}
