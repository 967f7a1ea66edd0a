/** `cni-tuner simulate`. */
import type { Command } from './command.ts';
import { WrongInput } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  about: 'what a node holds under settings you name',
  teaches:
    'Plays the pool of ipamd, the agent of the VPC CNI, under each of the settings: filled with so many pods on each of ' +
    'the instance types, or with the demand of a log. Without flags it prints the worked tables known from the documents ' +
    'of the CNI. A setting is what stands in the aws-node container beside the variables of the manifest ' +
    '(WARM_ENI_TARGET=1, WARM_PREFIX_TARGET=1). max-pods is the table value, with prefixes 110 below 30 vCPUs and else 250; ' +
    'two of them are pods on the host network.',
  flags: [
    {
      name: 'settings',
      shape: 'LIST',
      fallback: 'WARM_ENI_TARGET=1;WARM_IP_TARGET=2,MINIMUM_IP_TARGET=10',
      about: 'Settings, a semicolon between two; the variables of one have commas between them.',
    },
    {
      name: 'instance-types',
      shape: 'LIST',
      fallback: 't3.medium,m5.large,m5.xlarge,c5.4xlarge',
      about: 'Instance types, with commas. Not used with --demand-log.',
    },
    {
      name: 'pods',
      shape: 'LIST',
      fallback: '0,1,5,9,10,15,20,25,40,56',
      about: 'Pods on the node that need an address, with commas. Not used with --demand-log.',
    },
    {
      name: 'mode',
      shape: 'MODE',
      fallback: 'secondary-ip',
      about: 'What pods get: single secondary addresses, or addresses of /28 prefixes (ENABLE_PREFIX_DELEGATION).',
      choices: ['secondary-ip', 'prefix'],
    },
    { name: 'demand-log', shape: 'FILE', fallback: '', about: 'Replay this demand log instead of filling nodes.' },
    OUTPUT_FLAG,
  ],
  examples: [
    { line: 'cni-tuner simulate', says: 'the worked tables' },
    {
      line: "cni-tuner simulate --mode prefix --settings 'WARM_PREFIX_TARGET=1;WARM_PREFIX_TARGET=2' --pods 0,16,17",
      says: 'one or two warm prefixes',
    },
    {
      line: "cni-tuner simulate --demand-log week.csv.gz --settings 'WARM_ENI_TARGET=0;WARM_ENI_TARGET=1'",
      says: 'two settings on a week of real demand',
    },
  ],
  answer: async (given, { progress }) => {
    // The model is loaded only when it is needed.
    const { settingsOf, instanceTypesOf, podCountsOf } = await import('./simulate-question.ts');
    const { modeOf } = await import('./recommend-flags.ts');
    const { filledAnswer, loggedAnswer } = await import('./simulate-answer.ts');
    const mode = modeOf(given);
    const settings = settingsOf(given, mode);
    const path = given.text('demand-log');
    if (path === '') {
      const fill = { mode, settings, instanceTypes: instanceTypesOf(given), pods: podCountsOf(given) };
      return { kind: 'Answer', answer: filledAnswer(fill, progress('filling nodes')) };
    }
    const { readDemandLog, DemandLogError } = await import('./demand-log.ts');
    const log = await readDemandLog(path).catch((error: unknown) => {
      throw error instanceof DemandLogError ? new WrongInput(error.message) : error;
    });
    return { kind: 'Answer', answer: loggedAnswer(log, { mode, settings }, progress('replaying')) };
  },
};
