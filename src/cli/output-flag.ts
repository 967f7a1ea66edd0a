/** The flag every command that answers has, and how it is read. */
import type { Flag, Given } from './command.ts';
import { WrongInput } from './command.ts';
import type { OutputFormat } from './output.ts';
import { OUTPUT_FORMATS } from './output.ts';

export const OUTPUT_FLAG: Flag = {
  name: 'output',
  shape: 'FORMAT',
  fallback: 'table',
  about: 'How to print. table fits 80 columns; wide shows all columns; csv prints the first table.',
  choices: OUTPUT_FORMATS,
};

export function outputFormat(given: Given): OutputFormat {
  const format = OUTPUT_FORMATS.find((known) => known === given.text(OUTPUT_FLAG.name));
  if (format === undefined) throw new WrongInput(`--output must be one of ${OUTPUT_FORMATS.join(', ')}.`);
  return format;
}
