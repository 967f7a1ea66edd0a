/** How much evidence there is. The point estimate decides what is allowed; this decides how boldly. */
import type { Confidence, Evidence } from '../advice.ts';

const HOUR_MS = 3_600_000;

/**
 * High: three days seen, 100 node-hours, and three delayed starts expected at the limit (0.1 %: 3,000 starts; 1 %:
 * 300), so that none seen means that the limit is met with 95 % certainty (rule of three).
 * Medium: half a day, 10 node-hours, 100 starts. Low: anything less.
 */
export function confidenceOf(evidence: Evidence, watchedMs: number, allowedShare: number): Confidence {
  const { nodeHours, podStarts } = evidence;
  const startsNeeded = 3 / Math.max(allowedShare, 0.0001);
  if (watchedMs >= 72 * HOUR_MS && nodeHours >= 100 && podStarts >= startsNeeded) return 'High';
  return watchedMs >= 12 * HOUR_MS && nodeHours >= 10 && podStarts >= 100 ? 'Medium' : 'Low';
}
