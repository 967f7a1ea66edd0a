/** Reads the endpoint's answers: elements and text, no attributes, comments or CDATA. */

export type XmlNode = { readonly name: string; readonly text: string; readonly children: readonly XmlNode[] };

type OpenNode = { readonly name: string; text: string; readonly children: XmlNode[] };

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const TOKEN = /<(\/?)([A-Za-z][\w.:-]*)[^>]*?(\/?)>|([^<]+)|<[^>]*>/g;

/** The root element, or undefined for anything that is not one well-formed document. */
export function parseXml(text: string): XmlNode | undefined {
  const root: OpenNode = { name: '', text: '', children: [] };
  const open: OpenNode[] = [root];
  for (const [, closing, name = '', empty, characters] of text.matchAll(TOKEN)) {
    const current = open.at(-1);
    if (current === undefined) return undefined;
    if (characters !== undefined) current.text += unescape(characters);
    else if (closing === '/') {
      if (open.pop()?.name !== name) return undefined;
    } else if (name !== '') {
      const node: OpenNode = { name, text: '', children: [] };
      current.children.push(node);
      if (empty !== '/') open.push(node);
    }
  }
  return open.length === 1 ? root.children[0] : undefined;
}

/** The first child of that name. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((candidate) => candidate.name === name);
}

/** The text at the end of a path of names; empty when there is none. */
export function textAt(node: XmlNode | undefined, ...path: readonly string[]): string {
  return path.reduce((at: XmlNode | undefined, name) => child(at, name), node)?.text ?? '';
}

/** The `<item>`s of a set. */
export function items(node: XmlNode | undefined, setName: string): readonly XmlNode[] {
  return child(node, setName)?.children ?? [];
}

function unescape(text: string): string {
  return text.includes('&') ? text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity) : text;
}
