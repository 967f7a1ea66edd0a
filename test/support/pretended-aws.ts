/**
 * IAM, STS and EKS for the AWS command line: moto, and before it a front that answers the few requests moto does not know,
 * as EKS would. The command line itself checks every parameter against AWS' own model of the service.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { freePort } from '../../testbed/control-plane/free-port.ts';
import { startMoto } from './moto.ts';

export type PretendedAws = {
  readonly url: string;
  /** Requests that the front answered itself. */
  readonly answered: readonly string[];
  stop(): Promise<void>;
};

type Answers = Readonly<Record<string, object>>;

/** By method and path. */
const ANSWERS: Answers = {
  'POST /clusters/my-cluster/pod-identity-associations': {
    association: {
      clusterName: 'my-cluster',
      namespace: 'cni-tuner',
      serviceAccount: 'cni-tuner',
      associationId: 'a-1',
    },
  },
  'POST /clusters/my-cluster/addons/vpc-cni/update': {
    update: { id: 'u-1', status: 'InProgress', type: 'AddonUpdate' },
  },
};

export async function startPretendedAws(motoProgram: string): Promise<PretendedAws> {
  const moto = await startMoto(motoProgram);
  const answered: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const what = `${incoming.method} ${incoming.url}`;
    const answer = ANSWERS[what];
    if (answer === undefined) return forward(moto.url, incoming, outgoing);
    answered.push(what);
    incoming.resume();
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    answered,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await moto.stop();
    },
  };
}

function forward(url: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? '/', url), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(onward);
}
