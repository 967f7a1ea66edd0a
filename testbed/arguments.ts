/** What `npm run testbed` can be told. */
import { parseArgs } from 'node:util';
import { knownInstanceTypes, limitsOf } from '../src/ipamd/instance-limits.ts';
import { type PlannedSubnet, VPC_CIDR } from './cluster/subnet-plan.ts';
import { cidrContains, parseCidr } from './ec2/ipv4.ts';
import { DEFAULT_INSTANCE_TYPES, type Pace } from './stand-in.ts';

export type UpArguments = {
  readonly nodes: number;
  readonly pods: number;
  readonly instanceTypes: readonly string[];
  /** Undefined: sizes that fit the nodes. */
  readonly subnets: readonly PlannedSubnet[] | undefined;
  readonly prefixMode: boolean;
  readonly pace: Pace;
};

export type TestbedCommand =
  | { readonly kind: 'up' | 'serve'; readonly up: UpArguments }
  | { readonly kind: 'down' }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly sentence: string };

const MOST_NODES = 5_000;
const MOST_PODS = 150_000;

export const HELP = `npm run testbed -- up [OPTIONS]
npm run testbed -- down

A stand-in EKS on this machine: a real Kubernetes control plane, nodes with the aws-node DaemonSet and a stand-in CNI,
and an EC2 endpoint whose subnets fill and empty. "up" returns when the nodes have joined and prints the environment
to use it with any client; it goes on running until "down". Said again it prints the environment again. The operator's pods run there for real:
helm upgrade --install cni-tuner deploy/chart --namespace cni-tuner --create-namespace --values "$TESTBED_VALUES"

  --nodes N              1 to ${MOST_NODES} (default 10)
  --pods N               replicas of a Deployment, 0 to ${MOST_PODS} (default 0)
  --instance-types A,B   in turn (default ${DEFAULT_INSTANCE_TYPES.join(',')})
  --subnets CIDR@ZONE,…  inside ${VPC_CIDR}, e.g. 10.0.0.0/22@us-east-1a,10.0.4.0/24@us-east-1b
                         (default: three that fit the nodes)
  --prefix-mode          aws-node with ENABLE_PREFIX_DELEGATION=true
  --quick                EC2 and containers answer at once and nothing is throttled (default: as slow as on AWS)
  --help                 this text

Use it:      eval "$(npm run -s testbed -- up --nodes 20)" && kubectl get nodes
Exit codes:  0 done; 1 it failed; 2 wrong arguments or something is missing on this machine.
`;

const refused = (sentence: string): TestbedCommand => ({ kind: 'refused', sentence });

export function parseArguments(argv: readonly string[]): TestbedCommand {
  try {
    return parse(argv);
  } catch (error) {
    const first = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0] ?? '';
    return refused(`${first.replace(/\.$/, '')}; \`npm run testbed -- --help\` lists the options.`);
  }
}

function parse(argv: readonly string[]): TestbedCommand {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      nodes: { type: 'string', default: '10' },
      pods: { type: 'string', default: '0' },
      'instance-types': { type: 'string', default: DEFAULT_INSTANCE_TYPES.join(',') },
      subnets: { type: 'string' },
      'prefix-mode': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const [command, ...rest] = positionals;
  if (rest.length > 0) throw new Error(`"${rest[0]}" is one word too many`);
  if (command === 'down') return { kind: 'down' };
  if (command !== 'up' && command !== 'serve') {
    throw new Error(command === undefined ? 'Say "up" or "down"' : `"${command}" is neither "up" nor "down"`);
  }
  return {
    kind: command,
    up: {
      nodes: wholeNumber('--nodes', values.nodes, { least: 1, most: MOST_NODES }),
      pods: wholeNumber('--pods', values.pods, { least: 0, most: MOST_PODS }),
      instanceTypes: instanceTypes(values['instance-types']),
      subnets: values.subnets === undefined ? undefined : values.subnets.split(',').map(subnet),
      prefixMode: values['prefix-mode'],
      pace: values.quick ? 'quick' : 'real',
    },
  };
}

function wholeNumber(
  flag: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const number = /^[0-9]{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw new Error(`${flag} is "${text}" and must be a whole number from ${least} to ${most}`);
  }
  return number;
}

function instanceTypes(text: string): readonly string[] {
  return text.split(',').map((type) => {
    if (limitsOf(type) === undefined) {
      const near = knownInstanceTypes().find((known) => known.startsWith(type.split('.')[0] ?? ''));
      throw new Error(
        `--instance-types: "${type}" is no known instance type${near === undefined ? '' : `, unlike ${near}`}`,
      );
    }
    return type;
  });
}

function subnet(text: string): PlannedSubnet {
  const [cidrText = '', zone = ''] = text.split('@');
  if (!/^us-east-1[a-f]$/.test(zone)) {
    throw new Error(`--subnets: "${text}" must be CIDR@ZONE with a zone from us-east-1a to us-east-1f`);
  }
  const cidr = parseCidr(cidrText);
  if (!cidrContains(parseCidr(VPC_CIDR), cidr) || cidr.prefixLength < 16 || cidr.prefixLength > 28) {
    throw new Error(`--subnets: ${cidrText} must lie inside ${VPC_CIDR} and be a /16 to a /28`);
  }
  return { cidr: cidrText, zone };
}
