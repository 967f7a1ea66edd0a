/** `cni-tuner record`. */
import { parseDurationMs } from '../api/quantities.ts';
import type { Command, Given } from './command.ts';
import { WrongInput } from './command.ts';
import { KUBECONFIG_FLAG, kubeconfigOf } from './state-input.ts';

export const recordCommand: Command = {
  name: 'record',
  about: 'a demand log of a cluster, for recommend and simulate',
  teaches:
    'Watches nodes and pods, as the operator does, and writes down when which node got or lost a pod that needs an address: the demand log that `recommend` and `simulate` read. Nothing is written to the cluster, and no operator is needed. Names are replaced by numbers.\nWhole lines are written as things happen: whatever ends it, the file is a demand log until then. It ends by itself after --for, or when a watch was broken and something may have been missed.\nWhere an operator runs, `cni-tuner snapshot` gives its advice, which rests on what the operator has seen for days, without a log.',
  examples: [
    { line: 'cni-tuner record --demand-log day.csv', says: 'a day of demand' },
    { line: 'cni-tuner recommend --demand-log day.csv --mode secondary-ip', says: 'the advice for it' },
  ],
  flags: [
    { name: 'demand-log', shape: 'FILE', fallback: '', about: 'The file to make.' },
    { name: 'for', shape: 'DURATION', fallback: '24h', about: 'How long.' },
    KUBECONFIG_FLAG,
  ],
  answer: async (given, { env, progress }) => {
    const path = given.text('demand-log');
    if (path === '') throw new WrongInput('--demand-log is missing; give the file to make.');
    const forMs = durationOf(given);
    const { recordDemand } = await import('./live-record.ts');
    const recording = { kubeconfig: kubeconfigOf(given, env), path, forMs, progress: progress('Recording') };
    const { nodes, podStarts, isBroken } = await recordDemand(recording);
    const ended = isBroken ? ' A watch was broken, so it ends there.' : '';
    const text = `Recorded ${nodes} nodes and ${podStarts} pod starts into ${path}.${ended}\n`;
    return { kind: 'Text', text };
  },
};

function durationOf(given: Given): number {
  const text = given.text('for');
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new WrongInput(`--for is "${text}"; it must be a duration such as 90m or 24h.`);
}
