/** `cni-tuner snapshot`. */
import { randomBytes } from 'node:crypto';
import type { Command } from './command.ts';
import { stateText } from './cluster-state.ts';
import { redacted } from './redact.ts';
import { LIVE_FLAGS, liveStateFrom } from './state-input.ts';

export const snapshotCommand: Command = {
  name: 'snapshot',
  about: 'a redacted file that other commands accept instead of a cluster',
  teaches:
    'Reads CniTunings, nodes, pods and the DaemonSet from the API server, subnets and interfaces from EC2, the history from where the operator stores it, and prints what a pass of the operator would see, as JSON. Nothing is written to the cluster.\nNames of nodes, instances, subnets and VPCs, address ranges, labels and free texts in the environment are replaced; equal names stay equal within the file. Types, zones, counts and settings stay: they decide. Read the file before you send it to anybody.',
  examples: [
    { line: 'cni-tuner snapshot > cluster.json', says: 'keeps a redacted picture of the current cluster' },
    { line: 'cni-tuner plan --snapshot cluster.json', says: 'answers from it, anywhere' },
  ],
  flags: [
    ...LIVE_FLAGS,
    {
      name: 'redact',
      shape: 'HOW',
      fallback: 'hash',
      about: 'hash replaces names; none leaves everything as it is.',
      choices: ['hash', 'none'],
    },
  ],
  answer: async (given, surroundings) => {
    const state = await liveStateFrom(given, surroundings);
    const shown = given.text('redact') === 'hash' ? redacted(state, randomBytes(16).toString('hex')) : state;
    return { kind: 'Text', text: stateText(shown) };
  },
};
