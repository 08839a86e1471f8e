import { type AvroRecord, checkDecimalFits, Decimal } from '@entrepot/canonical';
import avro from 'avsc';

const ZERO = new Decimal(0);
const ZERO_BYTES = Buffer.from([0]);
/** Bytes that a JS number reads exactly. */
const EXACT_BYTES = 6;

/** Avro's decimal (bytes: unscaled two's complement, big-endian) as a Decimal. Further digits than the scale are rounded half up. */
class DecimalType extends avro.types.LogicalType {
  declare readonly precision: number;
  declare readonly scale: number;
  declare readonly factor: Decimal;

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
  }

  protected override _fromValue(bytes: Buffer): Decimal {
    if (bytes.length === 1 && bytes[0] === 0) return ZERO;
    if (bytes.length === 0) return ZERO;
    const unscaled =
      bytes.length <= EXACT_BYTES
        ? bytes.readIntBE(0, bytes.length)
        : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)).toString();
    return new Decimal(unscaled).div(this.factor);
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    if (!Decimal.isDecimal(value)) return undefined;
    const decimal = value as Decimal;
    if (decimal.isZero()) return ZERO_BYTES;
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
  });
}
