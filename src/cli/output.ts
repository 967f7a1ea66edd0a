/** An answer as text: table and wide for people, json, yaml and csv for programs, markdown for tickets. Pure. */
import { stringify } from 'yaml';
import { csvOf } from './output/csv.ts';
import { markdownOf } from './output/markdown.ts';
import { tableText, wrapped } from './output/table-text.ts';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'csv', 'markdown'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export type Cell = string | number | undefined;

export type Column = {
  readonly key: string;
  readonly title: string;
  /** Shown by `-o wide`, csv and markdown only. */
  readonly wideOnly?: boolean;
};

export type Table = {
  readonly kind: 'Table';
  /** Empty: none. */
  readonly title: string;
  readonly columns: readonly Column[];
  /** Numbers are aligned to the right. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
};

/** A paragraph, or lines that must stay as they are (`isVerbatim`: commands to copy). */
export type Paragraph = { readonly kind: 'Paragraph'; readonly text: string; readonly isVerbatim?: boolean };

export type Section = Table | Paragraph;

/** `value` is what json and yaml print: the documented contract with scripts. `sections` are for people. */
export type Answer = { readonly value: unknown; readonly sections: readonly Section[] };

export type Look = { readonly format: OutputFormat; readonly hasColour: boolean; readonly width: number };

/** Ends with a line feed. csv holds the first table of the answer. */
export function render({ value, sections }: Answer, { format, hasColour, width }: Look): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`;
    case 'yaml':
      return stringify(JSON.parse(JSON.stringify(value)), { lineWidth: 0 });
    case 'csv':
      return csvOf(sections.find((section) => section.kind === 'Table'));
    case 'markdown':
      return `${sections.map(markdownOf).join('\n\n')}\n`;
    case 'table':
    case 'wide':
      return `${sections.map((section) => shown(section, { isWide: format === 'wide', hasColour, width })).join('\n\n')}\n`;
  }
}

function shown(
  section: Section,
  look: { readonly isWide: boolean; readonly hasColour: boolean; readonly width: number },
): string {
  if (section.kind === 'Table') return tableText(section, { ...look, width: look.isWide ? Infinity : look.width });
  return section.isVerbatim === true ? section.text : wrapped(section.text, look.width).join('\n');
}
