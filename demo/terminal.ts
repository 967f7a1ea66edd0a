/**
 * What the demo writes: headings, paragraphs, tables, and a line that shows what is being waited for. Colour and
 * redrawing only on a terminal; NO_COLOR is honoured; a pipe gets plain lines.
 */
import { styleText } from 'node:util';
import { duration, foldedTable, wrapped } from './table.ts';

export type Terminal = {
  /** A numbered step of the story. */
  readonly heading: (title: string) => void;
  readonly paragraph: (text: string) => void;
  /** Lines as they are, indented. */
  readonly lines: (lines: readonly string[], tone?: Tone) => void;
  /** What another program printed, folded where it is wider than the terminal. */
  readonly output: (lines: readonly string[]) => void;
  /** Somebody else's words, set off from ours. */
  readonly quote: (text: string) => void;
  /** A command as a person would type it. */
  readonly command: (text: string) => void;
  readonly result: (ok: boolean, sentence: string) => void;
  /** Shows `what` and the time that passes until `work` is done; then one line with how long it took. */
  readonly during: <T>(what: string, work: (say: (detail: string) => void) => Promise<T>) => Promise<T>;
  readonly blank: () => void;
};

export type Tone = 'plain' | 'dim' | 'warning';

export type TerminalOptions = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly colour: boolean;
  readonly now: () => number;
};

const WIDEST = 96;
const REDRAW_MS = 250;
/** A pipe gets a line this often while something is waited for. */
const SIGN_OF_LIFE_MS = 15_000;
const STILL = '…';

export function createTerminal(options: TerminalOptions): Terminal {
  const { write, colour } = options;
  const width = Math.min(Math.max(options.columns, 40), WIDEST);
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const tones = {
    plain: (text: string) => text,
    dim: (text: string) => paint('dim', text),
    warning: (text: string) => paint('yellow', text),
  };
  let step = 0;
  return {
    heading: (title) => {
      step += 1;
      write(`\n${paint('bold', `${step}. ${title}`)}\n`);
    },
    paragraph: (text) => {
      for (const line of wrapped(text, width - 3)) write(`   ${line}\n`);
    },
    lines: (lines, tone = 'plain') => {
      for (const line of lines) write(line === '' ? '\n' : `     ${tones[tone](line)}\n`);
    },
    output: (lines) => {
      for (const line of foldedTable(lines, width - 5)) write(`     ${line}\n`);
    },
    quote: (text) => {
      for (const line of wrapped(text, width - 6)) write(`   ${paint('yellow', '|')} ${line}\n`);
    },
    command: (text) => {
      const [first = '', ...rest] = wrapped(text, width - 9);
      write(`   ${paint('cyan', `$ ${first}${rest.length > 0 ? ' \\' : ''}`)}\n`);
      rest.forEach((line, at) => write(`       ${paint('cyan', `${line}${at < rest.length - 1 ? ' \\' : ''}`)}\n`));
    },
    result: (ok, sentence) => {
      const [first = '', ...rest] = wrapped(sentence, width - 8);
      write(`   ${ok ? paint('green', 'ok  ') : paint(['red', 'bold'], 'FAIL')} ${first}\n`);
      for (const line of rest) write(`        ${line}\n`);
    },
    during: (what, work) => showWait({ ...options, columns: width }, what, work),
    blank: () => write('\n'),
  };
}

function cut(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

async function showWait<T>(
  { write, isTerminal, columns, now }: TerminalOptions,
  what: string,
  work: (say: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const startedMs = now();
  let detail = '';
  let saidMs = startedMs;
  const text = (): string => {
    const elapsed = duration(now() - startedMs);
    return cut(`   ${STILL} ${what}${detail === '' ? '' : `: ${detail}`} (${elapsed})`, columns);
  };
  const draw = (): void => {
    if (isTerminal) write(`\r\x1b[K${text()}`);
    else if (now() - saidMs >= SIGN_OF_LIFE_MS) {
      saidMs = now();
      write(`${text()}\n`);
    }
  };
  const timer = setInterval(draw, REDRAW_MS);
  draw();
  try {
    return await work((said) => {
      detail = said;
    });
  } finally {
    clearInterval(timer);
    if (isTerminal) write('\r\x1b[K');
    write(
      `   ${what}${detail === '' ? '' : `: ${detail}`} (${duration(now() - startedMs)})\n`.replace(/^ {3}/, '   · '),
    );
  }
}
