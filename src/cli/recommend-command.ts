/** `cni-tuner recommend`: the operator's advice for a demand log. */
import type { Command, Given, Surroundings } from './command.ts';
import { EXIT, WrongInput } from './command.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import type { Answer } from './output.ts';

const MODES = ['secondary-ip', 'prefix'] as const;

export const recommendCommand: Command = {
  name: 'recommend',
  about: 'the values to set, from a demand log',
  teaches:
    'Replays a demand log through the model of ipamd under every value inside the bounds, and says which one keeps the ' +
    'objective at the least cost: the same code, and so the same answer, as the operator. The log is CSV (.gz allowed) ' +
    'with the header t_s,event,node,instance_type,pod. An event is node-add, which alone has an instance_type, ' +
    'node-remove, or pod-add and pod-remove, which have a pod. Lines at second 0 are the starting state. The field env of ' +
    '`-o json` is what to write into the aws-node DaemonSet; the schema is docs/reference/recommend.schema.json. ' +
    'With less than --minimum-history there is no advice, and the exit code is 1.',
  flags: [
    { name: 'demand-log', shape: 'FILE', fallback: '', about: 'The demand log; `cni-tuner record` makes one.' },
    {
      name: 'mode',
      shape: 'MODE',
      fallback: '',
      about: 'What pods get: single secondary addresses, or addresses of /28 prefixes (ENABLE_PREFIX_DELEGATION).',
      choices: MODES,
    },
    {
      name: 'bounds',
      shape: 'LIST',
      fallback: '',
      about: 'What may be set, such as warmENI=0..3,warmPrefix=1..4. Not given: as in a CniTuning that says nothing.',
    },
    {
      name: 'current',
      shape: 'LIST',
      fallback: '',
      about: "What is set now, such as WARM_ENI_TARGET=2. Not given: the manifest's values.",
    },
    {
      name: 'delayed-pods',
      shape: 'PERCENT',
      fallback: '0.1%',
      about: 'At most this share of pod starts may find no free address.',
    },
    { name: 'window', shape: 'DURATION', fallback: '168h', about: 'How much of the end of the log counts.' },
    { name: 'half-life', shape: 'DURATION', fallback: '72h', about: 'Demand that much older counts half.' },
    { name: 'minimum-history', shape: 'DURATION', fallback: '6h', about: 'No advice on less than this.' },
    OUTPUT_FLAG,
  ],
  examples: [
    {
      line: 'cni-tuner recommend --demand-log week.csv.gz --mode secondary-ip -o json',
      says: 'the advice for a week of demand, for a script',
    },
    {
      line: 'cni-tuner recommend --demand-log w.csv --mode prefix --bounds warmPrefix=1..8',
      says: 'with prefix delegation, up to eight warm prefixes',
    },
  ],
  answer: recommendAnswer,
};

async function recommendAnswer(
  given: Given,
  { progress }: Surroundings,
): Promise<{ readonly kind: 'Answer'; readonly answer: Answer; readonly exitCode: number }> {
  // The model and the tuning room are loaded only when they are needed.
  const flags = await import('./recommend-flags.ts');
  const mode = flags.modeOf(given);
  const spec = flags.specOf(given);
  const env = flags.currentEnvOf(given.text('current'));
  const path = given.text('demand-log');
  if (path === '') throw new WrongInput('--demand-log is missing; give the file of the demand log.');
  const { readDemandLog, DemandLogError } = await import('./demand-log.ts');
  const { adviceFor } = await import('./demand-advice.ts');
  const { answerOf } = await import('./recommend-document.ts');
  const log = await readDemandLog(path).catch((error: unknown) => {
    throw error instanceof DemandLogError ? new WrongInput(error.message) : error;
  });
  const bar = progress('replaying');
  const advised = adviceFor(log, { mode, spec, env, onProgress: bar.at });
  bar.end();
  const exitCode = advised.recommendation.kind === 'Advice' ? EXIT.done : EXIT.failed;
  return { kind: 'Answer', answer: answerOf(advised, mode), exitCode };
}
