/** `cni-tuner doctor`. */
import type { Command } from './command.ts';
import { EXIT } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom } from './state-input.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  about: 'what stands in the way: permissions, owners, nodes, the operator',
  teaches:
    "Goes through what the operator needs and says of each thing whether it is ok, worth a look, or bad, with what to do. Nothing is written. What is read from EC2 and CloudWatch is read with your credentials; what the operator's own can read is in the conditions that it reports.\nExit code 1 says that something is bad.",
  examples: [
    { line: 'cni-tuner doctor', says: 'for the current cluster' },
    { line: 'cni-tuner doctor --no-aws -o json', says: 'from Kubernetes alone, for a script' },
    { line: 'cni-tuner doctor --snapshot cluster.json', says: 'for a cluster that somebody else can reach' },
  ],
  flags: [...STATE_FLAGS, OUTPUT_FLAG],
  answer: async (given, surroundings) => {
    const state = await stateFrom(given, surroundings);
    const { doctorAnswer } = await import('./doctor-answer.ts');
    const { answer, isBad } = doctorAnswer(state);
    return { kind: 'Answer', answer, exitCode: isBad ? EXIT.failed : EXIT.done };
  },
};
