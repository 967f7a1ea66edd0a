import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Who talks to the API server. Everybody has a user of their own, so that the audit log can tell them apart.
 * `operator` is in no group: it may do what RBAC grants the user `cni-tuner` and nothing else.
 */
export const USERS = {
  admin: { user: 'admin', groups: ['system:masters'] },
  operator: { user: 'cni-tuner', groups: [] },
  cni: { user: 'vpc-cni', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'kube-controller-manager', groups: ['system:masters'] },
  'kube-scheduler': { user: 'kube-scheduler', groups: ['system:masters'] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
} as const satisfies Readonly<Record<string, { readonly user: string; readonly groups: readonly string[] }>>;

export type UserName = keyof typeof USERS;
export type Tokens = Readonly<Record<UserName, string>>;

const userNames = (): readonly UserName[] => [
  'admin',
  'operator',
  'cni',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
];

/** A fresh bearer token for every user. */
export function newTokens(): Tokens {
  const token = () => randomBytes(16).toString('hex');
  return {
    admin: token(),
    operator: token(),
    cni: token(),
    'kube-controller-manager': token(),
    'kube-scheduler': token(),
    kwok: token(),
  };
}

/** Writes the token file and the key that signs service account tokens into `folder`, readable by this user only. */
export async function writeCredentials(folder: string, tokens: Tokens): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const rows = userNames().map((name, index) => {
    const { user, groups } = USERS[name];
    return `${tokens[name]},${user},${index + 1},"${groups.join(',')}"`;
  });
  await writeFile(join(folder, 'tokens.csv'), `${rows.join('\n')}\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
}

type Connection = { readonly url: string; readonly caFile: string };

/** Writes `<folder>/kubeconfig-<name>` for each user and returns the paths. Every one names its token and the CA file. */
export async function writeKubeconfigs(
  folder: string,
  { url, caFile }: Connection,
  tokens: Tokens,
): Promise<Readonly<Record<UserName, string>>> {
  const write = async (name: UserName): Promise<string> => {
    const file = join(folder, `kubeconfig-${name}`);
    // JSON is YAML.
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [{ name: 'testbed', cluster: { server: url, 'certificate-authority': caFile } }],
      users: [{ name, user: { token: tokens[name] } }],
      contexts: [{ name, context: { cluster: 'testbed', user: name } }],
    };
    await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
    return file;
  };
  return {
    admin: await write('admin'),
    operator: await write('operator'),
    cni: await write('cni'),
    'kube-controller-manager': await write('kube-controller-manager'),
    'kube-scheduler': await write('kube-scheduler'),
    kwok: await write('kwok'),
  };
}
