/** The commands that the pages tell people to type: what stands in their `sh` blocks. */

export type DocumentedCommand = { readonly page: string; readonly text: string };

/** One command a line; a here-document belongs to the line that opens it. Comments and empty lines are left out. */
export function commandsOf(page: string, markdown: string): readonly DocumentedCommand[] {
  const blocks = [...markdown.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)];
  return blocks.flatMap(([, indent = '', body = '']) => {
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replaceAll(/\\\n\s*/g, '');
    return splitCommands(text).map((command) => ({ page, text: command }));
  });
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
