/** Just enough XML to answer like EC2: elements of text, and lists of `<item>`. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export type Leaf = string | number | boolean | undefined;

export function escapeXml(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character) : text;
}

/** An element of text; nothing at all for undefined, as EC2 leaves absent fields out. */
export function leaf(name: string, value: Leaf): string {
  return value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** An element of already written XML. */
export function branch(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

export function itemSet(name: string, items: readonly string[]): string {
  if (items.length === 0) return `<${name}/>`;
  return `<${name}><item>${items.join('</item><item>')}</item></${name}>`;
}

export function tagSet(tags: Readonly<Record<string, string>>): string {
  return itemSet(
    'tagSet',
    Object.entries(tags).map(([key, value]) => leaf('key', key) + leaf('value', value)),
  );
}
