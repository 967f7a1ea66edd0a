/** A bar on a terminal's error stream for what takes longer than two seconds; silent anywhere else. */

export type Progress = {
  /** Any two numbers of one unit; cheap to call often. */
  readonly at: (done: number, total: number) => void;
  /** Wipes the bar. */
  readonly end: () => void;
};

export type ProgressScreen = {
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
  readonly write: (text: string) => void;
};

const QUIET_MS = 2_000;
const REDRAW_MS = 100;
const BAR_CELLS = 24;
const WIPE = '\r\u001b[K';

export function progressOn({ isTerminal, nowMs, write }: ProgressScreen): (label: string) => Progress {
  if (!isTerminal) return () => ({ at: () => {}, end: () => {} });
  return (label) => {
    const startMs = nowMs();
    let drawnMs = Number.NEGATIVE_INFINITY;
    return {
      at: (done, total) => {
        const now = nowMs();
        if (now - startMs < QUIET_MS || now - drawnMs < REDRAW_MS) return;
        drawnMs = now;
        write(`${WIPE}${barText(label, total > 0 ? Math.min(1, done / total) : 0)}`);
      },
      end: () => {
        if (drawnMs > Number.NEGATIVE_INFINITY) write(WIPE);
      },
    };
  };
}

function barText(label: string, share: number): string {
  const full = Math.round(share * BAR_CELLS);
  return `${label} [${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${Math.floor(share * 100)} %`;
}
