/** The commands that the pages tell people to type: what stands in their `sh` blocks, and what the pages say comes of it. */

export type DocumentedCommand = { readonly page: string; readonly text: string };

/** One `sh` block, and the `text` block right below it. */
export type DocumentedStep = {
  readonly commands: readonly string[];
  readonly output: string | undefined;
  /** The nearest heading above. */
  readonly section: string;
};

const BLOCK = /^( *)```sh\n([\s\S]*?)^ *```\n(?:\n? *```text\n([\s\S]*?)^ *```\n)?/gm;

export function stepsOf(markdown: string): readonly DocumentedStep[] {
  return [...`${markdown}\n`.matchAll(BLOCK)].map((found) => {
    const [, indent = '', body = '', output] = found;
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replaceAll(/\\\n\s*/g, '');
    const above = markdown.slice(0, found.index);
    return { commands: splitCommands(text), output, section: /^#+ (.*)$/m.exec(lastHeading(above))?.[1] ?? '' };
  });
}

const lastHeading = (text: string): string => text.match(/^#+ .*$/gm)?.at(-1) ?? '';

/** One command a line; a here-document belongs to the line that opens it. Comments and empty lines are left out. */
export function commandsOf(page: string, markdown: string): readonly DocumentedCommand[] {
  return stepsOf(markdown).flatMap(({ commands }) => commands.map((text) => ({ page, text })));
}

function splitCommands(block: string): readonly string[] {
  const commands: string[] = [];
  let until: string | undefined;
  for (const line of block.split('\n')) {
    const last = commands.length - 1;
    if (until !== undefined) {
      commands[last] += `\n${line}`;
      if (line === until) until = undefined;
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      commands.push(line);
      until = /<<'?(\w+)'?$/.exec(line)?.[1];
    }
  }
  return commands;
}

/** What two runs of a command have in common: the words and their order, not numbers, ages, spaces and names made up. */
export function gist(output: string): readonly string[] {
  return output
    .replaceAll(/cni-tuner-[a-z0-9]+-[a-z0-9]{5}\b/g, 'cni-tuner-POD')
    .replaceAll(/\d[\d,.:]*/g, '0')
    .replaceAll(/\b(0(ms|[smhd])[ \t]?)+/g, '0s ')
    .split('\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').trim())
    .filter((line) => line !== '');
}
