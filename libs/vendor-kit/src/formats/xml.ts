import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { decodeText, isUnreadable } from './encoding.ts';
import { UnreadableFile } from './rows.ts';

/** An element: text, or its attributes (`@name`) and children; a child that may stand repeatedly is a list, see {@link XmlShape}. */
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue };

export interface XmlShape {
  /** Elements that are lists however often they stand there: `Order`, `Line`. A single one is a list of one then. */
  readonly lists: readonly string[];
  /** Encoding of a file that does not say its own. */
  readonly encoding: string;
}

const DECLARED = /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/;
/** Deeper than any document that a business system writes. */
const MAX_DEPTH = 100;

/**
 * The document of a file: all values are text, as they stand there (`007.10` stays) but for the space around them. A document type is refused, so
 * no entity is declared: none stands for more than one character, and nothing is fetched.
 * @throws UnreadableFile
 */
export function readXml(bytes: Buffer, { lists, encoding }: XmlShape): XmlValue {
  const declared = DECLARED.exec(bytes.subarray(0, 200).toString('latin1'))?.[1];
  const text = decode(bytes, declared ?? encoding);
  if (isUnreadable(text)) throw new UnreadableFile(`The file holds bytes that are no ${declared ?? encoding}`);
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new UnreadableFile('The file has a document type, which is not read');
  const fault = XMLValidator.validate(text);
  if (fault !== true)
    throw new UnreadableFile(`The file is no XML that ends well: line ${fault.err.line} (${fault.err.code})`);
  const repeated = new Set(lists);
  const parser = new XMLParser({
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    // Numeric references are decoded with those of HTML, which stand for one character each.
    htmlEntities: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: MAX_DEPTH,
    isArray: (name, _path, _isLeaf, isAttribute) => !isAttribute && repeated.has(name),
  });
  try {
    return parser.parse(text) as XmlValue;
  } catch {
    // Its message would quote the text.
    throw new UnreadableFile('The file is no XML that can be read: too deep, or a name in it is not taken');
  }
}

function decode(bytes: Buffer, encoding: string): string {
  try {
    return decodeText(bytes, encoding);
  } catch {
    throw new UnreadableFile(`The file says that its encoding is ${encoding}, which is not known`);
  }
}
