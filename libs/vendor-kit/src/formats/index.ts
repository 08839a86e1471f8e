export { readCsv } from './csv-read.ts';
export { type UnfitRow, type WrittenRows, writeCsv } from './csv-write.ts';
export { type CsvDialect, csvDialectSchema } from './dialect.ts';
export { decodeText, encodeText, encodingSetting, findUnfit, isUnreadable } from './encoding.ts';
export { type BadRow, type GoodRow, type ReadRow, type Row, UnreadableFile } from './rows.ts';
export { readXml, type XmlShape, type XmlValue } from './xml.ts';
