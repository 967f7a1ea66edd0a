/** `cni-tuner events [NAME]`. */
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import { parseDurationMs } from '../api/quantities.ts';
import type { Command, Given } from './command.ts';
import { WrongInput } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { KUBECONFIG_FLAG, kubeconfigOf } from './state-input.ts';

/** More than the operator can tell of a dozen objects in the hour for which events are kept. */
const MOST_EVENTS = 500;

export const eventsCommand: Command = {
  name: 'events',
  about: 'what the operator told by Events, newest last',
  teaches:
    'Lists the Events that the operator wrote about CniTunings and about the DaemonSets they tune, the same words once with how often they were said, newest last. With NAME only those of that CniTuning and of its DaemonSet. The API server keeps events for an hour as a rule; `cni-tuner history` lists the changes of longer ago.',
  examples: [
    { line: 'cni-tuner events', says: 'everything the operator told lately' },
    { line: 'cni-tuner events default --since 10m -o wide', says: 'of one CniTuning, with the objects' },
  ],
  flags: [
    KUBECONFIG_FLAG,
    {
      name: 'since',
      shape: 'DURATION',
      fallback: '',
      about: 'Only what was last seen within this time, such as 30m. Without it: all that is kept.',
    },
    OUTPUT_FLAG,
  ],
  argument: { shape: 'NAME', about: 'the CniTuning; without it all', isRequired: false },
  answer: async (given, { env, nowMs }) => {
    const sinceMs = sinceOf(given);
    const [{ atDesk }, { eventsAnswer }] = await Promise.all([import('./live-desk.ts'), import('./events-answer.ts')]);
    const answer = await atDesk(kubeconfigOf(given, env), async (desk) => {
      const name = given.argument;
      const seen = await desk.events(MOST_EVENTS);
      // One that is gone has left its events behind.
      const ref = name === '' ? undefined : ((await desk.tuning(name))?.spec ?? DEFAULT_SPEC).daemonSetRef;
      const about = ref === undefined ? undefined : { name, ref };
      return eventsAnswer({ seen, about, sinceMs, nowMs: nowMs() });
    });
    return { kind: 'Answer', answer };
  },
};

function sinceOf(given: Given): number | undefined {
  const text = given.text('since');
  const ms = parseDurationMs(text);
  if (text !== '' && ms === undefined) {
    throw new WrongInput(`--since is "${text}"; it must be a duration such as 10m or 1h30m.`);
  }
  return ms;
}
