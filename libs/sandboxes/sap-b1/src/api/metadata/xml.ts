/** An element of a schema document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: readonly Element[] | string;
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly Element[] | string = [],
): Element {
  return { name, attributes, content };
}

export function writeXml(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement(root)}`;
}

function writeElement({ name, attributes, content }: Element): string {
  const head = `${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeText(value)}"`)
    .join('')}`;
  if (content.length === 0) return `<${head}/>`;
  return `<${head}>${typeof content === 'string' ? escapeText(content) : content.map(writeElement).join('')}</${name}>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
