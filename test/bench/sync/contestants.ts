/** Who runs in `npm run bench:sync`: one fresh process a run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../../scripts/bundle/bundle.ts';
import type { ControlPlane } from '../../../testbed/control-plane/control-plane.ts';
import { startEc2Endpoint } from '../../../testbed/ec2/endpoint.ts';
import { Ec2Model } from '../../../testbed/ec2/model.ts';
import { runOperator } from './bundled-operator.ts';
import type { SyncFigures } from './figures.ts';
import { buildPeer, runPeer } from './go-peer.ts';

export type Contestant = {
  readonly name: string;
  readonly sync: (plane: ControlPlane) => Promise<SyncFigures>;
};

export type Contestants = { readonly all: readonly Contestant[]; readonly close: () => Promise<void> };

/** The image's bundle, and the Go peer in both ways worth comparing. Builds what it must. */
export async function contestants(): Promise<Contestants> {
  const peer = await buildPeer(process.env);
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-bench-'));
  await bundle(folder);
  // An account without anything in it: the client is loaded and asks, as in a cluster.
  const ec2 = await startEc2Endpoint({ model: new Ec2Model({ now: Date.now }) });
  return {
    all: [
      { name: "cni-tuner, the image's bundle", sync: (plane) => runOperator({ folder, plane, ec2Url: ec2.url }) },
      { name: 'client-go, JSON', sync: (plane) => runPeer(peer, plane.kubeconfigs.admin, 'json') },
      { name: 'client-go, protobuf', sync: (plane) => runPeer(peer, plane.kubeconfigs.admin, 'protobuf') },
    ],
    close: async () => {
      await ec2.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
