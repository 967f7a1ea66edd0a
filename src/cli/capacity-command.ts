/** `cni-tuner capacity`. */
import { CAPACITY_FLAGS, questionOf } from './capacity-question.ts';
import type { Command } from './command.ts';
import { EXIT } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';

export const capacityCommand: Command = {
  name: 'capacity',
  about: 'whether subnets hold a fleet, and how many such clusters a VPC',
  teaches:
    "Fills a node of the type with the pods, lets the model of the CNI's own pool settle, and counts what it takes from its subnet: used and idle addresses, the address of each interface, 16 per prefix. Then it fills the subnets with such nodes.\nSays as well how many such clusters fit a VPC, with subnets of their own (the smallest that hold them, one per zone) and with shared ones, and what other instance types would need for the same pods.\nWith prefixes the nodes that fit are counted twice: with single addresses packed, and scattered, which breaks up /28 blocks. The verdict goes by the scattered count. In the subnets of a snapshot the free blocks are those that are free now. Exit code 1 when the subnets do not hold the nodes.",
  examples: [
    {
      line: 'cni-tuner capacity --instance-type m5.large --nodes 200 --pods 12',
      says: 'do three /22 subnets hold 200 such nodes, as aws-node ships?',
    },
    {
      line: 'cni-tuner capacity --nodes 200 --pods 12 --warm-ip 2 --minimum-ip 10',
      says: 'and with the IP pair?',
    },
    {
      line: 'cni-tuner capacity --snapshot cluster.json --nodes 50',
      says: 'do the subnets, as they are now, hold 50 more nodes of the usual type?',
    },
    {
      line: 'cni-tuner capacity --mode prefix --subnets /20,/20 --instead c5.large',
      says: 'with prefixes; and if m5.large is not to be had?',
    },
  ],
  flags: [...CAPACITY_FLAGS, OUTPUT_FLAG],
  answer: async (given, { progress }) => {
    const question = await questionOf(given);
    const { capacityAnswer } = await import('./capacity-answer.ts');
    const { answer, holds } = capacityAnswer(question, progress('Filling subnets'));
    return { kind: 'Answer', answer, exitCode: holds ? EXIT.done : EXIT.failed };
  },
};
