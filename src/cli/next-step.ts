/** The command that lifts a hold, on a line of its own: a folded one cannot be copied. */
import type { Section } from './output.ts';

/** The message of a hold contains the command, where there is one. */
export function nextStep(message: string): readonly Section[] {
  const command = /kubectl (?:patch .*?'\{.*?\}'(?=\.?( |$))|annotate [^;]*?-(?=( |$)))/.exec(message)?.[0];
  if (command === undefined) return [];
  return [
    { kind: 'Paragraph', text: 'To go on:' },
    { kind: 'Paragraph', isVerbatim: true, text: `  ${command}` },
  ];
}
