/** Durations and percentages as the CniTuning spells them. The bounds are the API server's (CEL rules of the CRD). */

const DURATION = /^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h)){1,4}$/;
const DURATION_PART = /([0-9]+(?:[.][0-9]+)?)(ms|s|m|h)/g;
const PERCENT = /^(?:100(?:[.]0{1,2})?|[0-9]{1,2}(?:[.][0-9]{1,2})?)%$/;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `1h30m` → 5,400,000 ms, rounded to whole milliseconds. Undefined when the text is no such duration. */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(DURATION_PART)];
  return Math.round(
    parts.reduce((sumMs, [, amount, unit]) => sumMs + Number(amount) * (MS_PER_UNIT[unit ?? ''] ?? 0), 0),
  );
}

/** `0.1%` → 0.001. Undefined when the text is no percentage from 0% to 100% with at most two decimals. */
export function parsePercent(text: string): number | undefined {
  // In hundredths of a percent the number is whole, so 0.07% becomes 7 / 10,000 and not 0.0007000000000000001.
  return PERCENT.test(text) ? Math.round(Number(text.slice(0, -1)) * 100) / 10_000 : undefined;
}
