/** docs/reference/events.md: every event that the operator writes. */
import { EVENTS } from '../../src/api/events.ts';
import { REASON_MEANINGS } from '../../src/api/reasons.ts';

export function eventsPage(): string {
  const rows = EVENTS.map(({ reason, type, on, when }) => {
    const { remedy } = REASON_MEANINGS[reason];
    return `| [${reason}](conditions.md#${reason.toLowerCase()}) | ${type} | ${on.join(', ')} | ${when} | ${remedy} |`;
  });
  return [
    '# Events\n',
    'Generated from `src/api/events.ts` by `npm run generate`; never edited.\n',
    'Of `events.k8s.io/v1`, by controller `cni-tuner`. An event tells of a transition and carries the numbers; what lasts stands in the',
    "status. The same event again is counted in one series. Those on a CniTuning, which has no namespace, are in `default`; the DaemonSet's",
    'are beside it: `kubectl events --namespace default --for cnit/NAME`.\n',
    '| reason | type | on | when, and what the note says | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
