import { type AvroRecord, checkDecimalFits, Decimal } from '@entrepot/canonical';
import avro from 'avsc';
import { boundLists } from './bounded-lists.ts';

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
