/** `cni-tuner forecast [NAME]`. */
import { wholeNumber } from './arguments.ts';
import type { Command, Given } from './command.ts';
import { EXIT } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { STATE_FLAGS, stateFrom, tuningOf } from './state-input.ts';

export const forecastCommand: Command = {
  name: 'forecast',
  about: 'when the subnets run out, and how many more nodes they hold',
  teaches:
    "Lists for each subnet when it will likely run into its reserve (objectives.subnetReserve), in brackets the band that holds in about four cases of five, as the operator reckoned it from the last week; PER DAY is the growth of the daily peak. ROOM is how many more nodes of one kind it holds now, and ADVISED how many once the recommended settings are in force: each node with what the model of the CNI's pool says it holds with its pods. Nodes that have just come are counted with what they will take.\nWith --nodes the answer is yes or no, for nodes spread evenly over the subnets, under the settings in force; exit code 1 is no.",
  examples: [
    { line: 'cni-tuner forecast', says: 'which subnet runs out first, and what fits until then' },
    { line: 'cni-tuner forecast --nodes 50 --instance-type m5.2xlarge', says: 'is there room for 50 such nodes?' },
    { line: 'cni-tuner forecast -o json --snapshot cluster.json', says: 'for a script, from a snapshot' },
  ],
  flags: [
    ...STATE_FLAGS,
    {
      name: 'instance-type',
      shape: 'TYPE',
      fallback: '',
      about: 'Type of the nodes to come; without it the most common one of the cluster.',
    },
    {
      name: 'pods',
      shape: 'N',
      fallback: '',
      about:
        'Pods on each that need an address; without it as many as half of the nodes of that type have, or 10 while all of them are new.',
    },
    { name: 'nodes', shape: 'N', fallback: '', about: 'Ask whether the subnets hold so many more nodes.' },
    OUTPUT_FLAG,
  ],
  argument: { shape: 'NAME', about: 'the CniTuning; not needed where there is only one', isRequired: false },
  answer: async (given, surroundings) => {
    const wanted = {
      instanceType: given.text('instance-type'),
      podsPerNode: optional(given, 'pods', 0, 1_000),
      nodes: optional(given, 'nodes', 1, 100_000),
    };
    const state = await stateFrom(given, surroundings);
    const { name } = tuningOf(state, given.argument);
    const [{ dryPass }, { forecastAnswer }] = await Promise.all([
      import('./dry-pass.ts'),
      import('./forecast-answer.ts'),
    ]);
    const { answer, holds } = forecastAnswer(dryPass(state, name), wanted);
    return { kind: 'Answer', answer, exitCode: holds ? EXIT.done : EXIT.failed };
  },
};

function optional(given: Given, flag: string, least: number, most: number): number | undefined {
  return given.text(flag) === '' ? undefined : wholeNumber(given, flag, least, most);
}
