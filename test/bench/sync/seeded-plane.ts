/** A real API server that holds a large cluster from its first moment. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyAwsNode } from '../../../testbed/cluster/aws-node.ts';
import { seedEtcd } from '../../../testbed/cluster/etcd-seed.ts';
import { seededCluster } from '../../../testbed/cluster/seeded-cluster.ts';
import { showProgressOn } from '../../../testbed/control-plane/build-progress.ts';
import { type ControlPlane, startControlPlane } from '../../../testbed/control-plane/control-plane.ts';
import { ensureBinaries } from '../../../testbed/control-plane/ensure-binaries.ts';

const CRD = join(import.meta.dirname, '../../../crds/cnituning.dev_cnitunings.yaml');

export type ClusterSize = { readonly nodes: number; readonly pods: number };

export async function startSeededPlane({ nodes, pods }: ClusterSize): Promise<ControlPlane> {
  const binaries = await ensureBinaries(showProgressOn(process.stderr));
  console.log(`Starting etcd and the API server with ${nodes} nodes and ${pods} pods …`);
  const plane = await startControlPlane({
    binaries,
    // Controllers would take the made-up pods away and compete for the processors.
    components: [],
    seed: async (etcdUrl) => void (await seedEtcd(etcdUrl, seededCluster({ nodes, pods }))),
  });
  try {
    const input = await readFile(CRD, 'utf8');
    const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], { input });
    if (applied.exitCode !== 0) throw new Error(`the CRD was refused: ${applied.stderr}`);
    await plane.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd/cnitunings.cnituning.dev']);
    await applyAwsNode(plane.api);
    return plane;
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
