/** The demo's own claims, checked against the API server and the EC2 endpoint. Nothing is taken from the story. */
import { AWS_NODE_PATH } from '../testbed/cluster/aws-node.ts';
import type { ApiClient } from '../testbed/control-plane/api-client.ts';
import { conditionOf, readTuning } from './cni-tuning.ts';
import { runKubectlAs } from './operator-process.ts';
import { type EnvEntry, awsNodeEnv, hasRoomAgain } from './reading.ts';
import type { Told } from './story.ts';
import { grouped } from './table.ts';

export type Claim = { readonly sentence: string; readonly ok: boolean };

type ManagedFields = readonly { readonly manager: string; readonly operation: string; readonly fieldsV1?: unknown }[];
type DaemonSet = { readonly metadata: { readonly managedFields?: ManagedFields } };
type Pod = {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly env?: readonly EnvEntry[] }[];
  };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};
type List<T> = { readonly items: readonly T[] };

const VARIABLE = 'WARM_ENI_TARGET';
/** Spare interfaces are half of what is held here. */
const LEAST_SHARE_GIVEN_BACK = 0.35;

export async function checkClaims(told: Told): Promise<readonly Claim[]> {
  const { api } = told.cluster.testbed.plane;
  return [
    ...(await claimsOnDaemonSet(api, told)),
    await claimOnPods(api, told),
    ...claimsOnSubnets(told),
    claimOnDelays(told),
    await claimOnStatus(api),
    await claimOnRights(told),
  ];
}

async function claimsOnDaemonSet(api: ApiClient, { envBefore }: Told): Promise<readonly Claim[]> {
  const env = await awsNodeEnv(api);
  const value = valueOf(env, VARIABLE);
  const before = valueOf(envBefore, VARIABLE);
  const { metadata } = await api.get<DaemonSet>(AWS_NODE_PATH);
  const owners = (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => ownsValue(fieldsV1))
    .map(({ manager }) => manager);
  const others = (entries: readonly EnvEntry[]) => JSON.stringify(entries.filter(({ name }) => name !== VARIABLE));
  return [
    {
      sentence: `The DaemonSet says ${VARIABLE}=${value} where it said ${before}, and field manager ${owners.join(', ')} owns the value.`,
      ok: Number(value) < Number(before) && owners.join() === 'cni-tuner',
    },
    {
      sentence: `The other ${env.length - 1} variables of the container are what they were.`,
      ok: others(env) === others(envBefore),
    },
  ];
}

function ownsValue(fields: unknown): boolean {
  return JSON.stringify(fields ?? {}).includes(`{\\"name\\":\\"${VARIABLE}\\"}":{".":{},"f:name":{},"f:value":{}}`);
}

async function claimOnPods(api: ApiClient, { cluster }: Told): Promise<Claim> {
  const value = valueOf(await awsNodeEnv(api), VARIABLE);
  const { items } = await api.get<List<Pod>>('/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Daws-node');
  const good = items.filter(({ spec, status }) => {
    const env = spec.containers.find(({ name }) => name === 'aws-node')?.env ?? [];
    const ready = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    return valueOf(env, VARIABLE) === value && ready === true;
  });
  const nodes = new Set(good.map(({ spec }) => spec.nodeName));
  const expected = cluster.testbed.nodes().length;
  return {
    sentence: `aws-node runs with ${VARIABLE}=${value} and is ready on ${nodes.size} of ${expected} nodes.`,
    ok: nodes.size === expected && items.length === nodes.size,
  };
}

function claimsOnSubnets({ before, after }: Told): readonly Claim[] {
  const held = before.to.heldAddresses - after.to.heldAddresses;
  const claims = before.to.subnets.map((was, at): Claim => {
    const now = after.to.subnets[at] ?? was;
    const [free, more] = [grouped(now.freeAddresses), grouped(now.freeAddresses - was.freeAddresses)];
    const sentence = `EC2 says that ${now.id} has ${free} free addresses, ${more} more than before and more than the reserve of 10 %.`;
    return { sentence, ok: hasRoomAgain(now, was) };
  });
  return [
    {
      sentence: `The nodes' interfaces hold ${grouped(after.to.heldAddresses)} addresses, ${grouped(held)} fewer than before.`,
      ok: held >= LEAST_SHARE_GIVEN_BACK * before.to.heldAddresses,
    },
    ...claims,
  ];
}

function claimOnDelays({ after }: Told): Claim {
  const starts = after.to.podStarts - after.from.podStarts;
  const delayed = after.to.podsDelayed - after.from.podsDelayed;
  return {
    sentence: `Of ${grouped(starts)} pods that started since, ${grouped(delayed)} waited for an address (the objective allows 0.1 %).`,
    ok: delayed <= 0.001 * starts,
  };
}

async function claimOnStatus(api: ApiClient): Promise<Claim> {
  const tuning = await readTuning(api);
  const ready = conditionOf(tuning, 'Ready');
  const changes = tuning.status?.changes?.length ?? 0;
  const current = tuning.status?.observedGeneration === tuning.metadata.generation;
  return {
    sentence: `The CniTuning is Ready (${ready?.reason ?? 'no condition'}), up to date, and remembers ${changes} change.`,
    ok: ready?.status === 'True' && current && changes === 1,
  };
}

const FORBIDDEN: readonly (readonly string[])[] = [
  ['delete', 'daemonsets/aws-node', '-n', 'kube-system'],
  ['patch', 'daemonsets/kube-proxy', '-n', 'kube-system'],
  ['list', 'secrets', '-A'],
  ['create', 'pods', '-n', 'default'],
];

async function claimOnRights({ cluster, operatorKubeconfig }: Told): Promise<Claim> {
  const answers = await Promise.all(
    FORBIDDEN.map((asked) =>
      runKubectlAs({ program: cluster.kubectlProgram, folder: cluster.testbed.plane.folder }, operatorKubeconfig, [
        'auth',
        'can-i',
        ...asked,
      ]),
    ),
  );
  const allowed = FORBIDDEN.filter((_, at) => answers[at]?.stdout.trim() !== 'no');
  return {
    sentence:
      allowed.length === 0
        ? 'The operator may not delete the DaemonSet, patch another one, read secrets or create pods.'
        : `The operator may more than it should: ${allowed.map((words) => words.join(' ')).join('; ')}.`,
    ok: allowed.length === 0,
  };
}

function valueOf(env: readonly EnvEntry[], variable: string): string {
  return env.find(({ name }) => name === variable)?.value ?? '';
}
