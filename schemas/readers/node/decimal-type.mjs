import avro from 'avsc';

/** Avro's decimal as exact text. A number would lose digits: 28 do not fit into one. */
export class DecimalType extends avro.types.LogicalType {
  constructor(schema, options) {
    super(schema, options);
    this.scale = schema.scale;
  }

  _fromValue(bytes) {
    const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(this.scale + 1, '0');
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
  }

  // Asked when a schema is opened that has a default on a decimal, as version 1 of order and customer does.
  _toValue(text) {
    const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
    if (whole === undefined || fraction.length > this.scale) return undefined;
    const unscaled = BigInt(`${sign}${whole}${fraction.padEnd(this.scale, '0')}`);
    let bytes = 1;
    while (BigInt.asIntN(bytes * 8, unscaled) !== unscaled) bytes += 1;
    const hex = BigInt.asUintN(bytes * 8, unscaled).toString(16);
    return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
  }

  // For reading with another version of the schema; a decimal of another scale is another type.
  _resolve(writer) {
    return writer instanceof DecimalType && writer.scale === this.scale ? (value) => value : undefined;
  }
}
