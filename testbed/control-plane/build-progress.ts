/** What a running set-up tells the terminal, and its rendering as text. */

export type BuildProgress =
  | { readonly kind: 'note'; readonly sentence: string }
  | {
      readonly kind: 'compiling';
      readonly program: string;
      /** 1-based position of the program among those to be built. */
      readonly position: number;
      readonly programs: number;
      readonly packagesDone: number;
      readonly packagesTotal: number;
      readonly elapsedMs: number;
    };

export type ProgressSink = (progress: BuildProgress) => void;

/** `1 m 05 s`, or `9 s` under a minute. */
export function elapsedText(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** One line for one step, e.g. `building kube-apiserver (2 of 5), 1204 of 2689 packages, 1 m 05 s`. */
export function progressText(progress: BuildProgress): string {
  if (progress.kind === 'note') return progress.sentence;
  const { program, position, programs, packagesDone, packagesTotal, elapsedMs } = progress;
  return `building ${program} (${position} of ${programs}), ${packagesDone} of ${packagesTotal} packages, ${elapsedText(elapsedMs)}`;
}

type Terminal = { readonly isTTY?: boolean; write(text: string): unknown };

/** A log that is no terminal gets a line each time a program begins and at most one each this many milliseconds. */
const LOG_LINE_EVERY_MS = 15_000;

/** Shows progress on a terminal as one line rewritten in place, elsewhere as few whole lines. */
export function showProgressOn(stream: Terminal): ProgressSink {
  let lastProgram = '';
  let lastAtMs = 0;
  return (progress) => {
    const text = progressText(progress);
    if (progress.kind === 'note') {
      stream.write(stream.isTTY ? `\r\u001b[2K${text}\n` : `${text}\n`);
    } else if (stream.isTTY) {
      stream.write(`\r\u001b[2K${text}`);
    } else if (progress.program !== lastProgram || progress.elapsedMs - lastAtMs >= LOG_LINE_EVERY_MS) {
      lastProgram = progress.program;
      lastAtMs = progress.elapsedMs;
      stream.write(`${text}\n`);
    }
  };
}
