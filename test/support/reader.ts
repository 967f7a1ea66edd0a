/** Somebody who goes through a page and types its commands into one shell, as they stand. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export type Typed = { readonly command: string; readonly said: string; readonly code: number };

export type Shell = { readonly cwd: string; readonly env: NodeJS.ProcessEnv };

const [BEGIN, END] = ['\u0001', '\u0002'];

/** What came of each command. The shell goes on after one that fails. */
export async function typeAll(commands: readonly string[], shell: Shell): Promise<readonly Typed[]> {
  const script = commands.map((command) => `printf '${BEGIN}'\n${command}\nprintf '${END}%s' "$?"\n`).join('');
  const child = spawn('bash', ['-c', `exec 2>&1\n${script}`], { ...shell, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const parts = output.split(BEGIN).slice(1);
  return commands.map((command, at) => {
    const [said = '', code] = (parts[at] ?? '').split(END);
    return { command, said, code: code === undefined ? -1 : Number.parseInt(code, 10) };
  });
}

/** For people: which commands failed, with their words. */
export const failuresOf = (typed: readonly Typed[]): readonly string[] =>
  typed.filter(({ code }) => code !== 0).map(({ command, said, code }) => `${command}\nended with ${code}: ${said}`);
