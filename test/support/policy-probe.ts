/** Connections tried from inside pods: what a NetworkPolicy lets through and what it does not. */
import type { ChartCluster } from './chart-cluster.ts';

type Plane = ChartCluster['plane'];
type Target = { readonly host: string; readonly port: number };

const NAMESPACE = 'default';
const NAME = 'cni-tuner-stranger';
/** A refused connection was let through; one that a policy drops is never answered. */
const CONNECT = `
const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 3000 });
const end = (word) => { console.log(word); process.exit(0); };
socket.on('connect', () => end('reached')).on('timeout', () => end('dropped')).on('error', ({ code }) => end(code));
`;

/** What becomes of a connection from a pod of the operator's image to `target`. */
export async function connectionFrom(
  { kubectl }: Plane,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  { host, port }: Target,
): Promise<string> {
  const program = ['/nodejs/bin/node', '-e', CONNECT, host, String(port)];
  const { exitCode, stdout, stderr } = await kubectl(['exec', pod, '--namespace', namespace, '--', ...program]);
  if (exitCode !== 0) throw new Error(`kubectl exec ${pod}: ${stderr}`);
  return stdout.trim();
}

/** A running pod of the same image under no policy, on the nodes that run pods; `remove` it. */
export async function startStranger(
  { kubectl }: Plane,
  { image, nodeSelector }: { image: string; nodeSelector: object },
) {
  const wait = ['/nodejs/bin/node', '-e', 'setInterval(() => {}, 60_000)'];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: { nodeSelector, terminationGracePeriodSeconds: 0, containers: [{ name: 'stranger', image, command: wait }] },
  };
  const must = async (argv: readonly string[], input = ''): Promise<void> => {
    const { exitCode, stderr } = await kubectl([...argv, '--namespace', NAMESPACE], { input });
    if (exitCode !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`);
  };
  await must(['apply', '-f', '-'], JSON.stringify(pod));
  await must(['wait', `pod/${NAME}`, '--for=condition=Ready', '--timeout=60s']);
  return {
    place: { namespace: NAMESPACE, pod: NAME },
    remove: async () => await must(['delete', 'pod', NAME, '--ignore-not-found']),
  };
}
