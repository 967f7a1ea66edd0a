/** Who leads, as anybody sees it who may read the Lease. The leader itself goes by its own clock (lease.ts). */
import { PortError } from '../reconcile/ports.ts';
import type { KubeClient } from './client.ts';

export type Lead = {
  /** Empty: given back, and taken up by nobody since. */
  readonly holder: string;
  /** By the holder's wall clock. */
  readonly renewedAtMs: number;
};

type Lease = { readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string } };

/** Undefined: there is no such Lease. Throws PortError when it cannot be read. */
export async function readLead(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Lead | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  try {
    const { spec = {} } = await client.request<Lease>('GET', path);
    return { holder: spec.holderIdentity ?? '', renewedAtMs: Date.parse(spec.renewTime ?? '1970-01-01T00:00:00Z') };
  } catch (error) {
    if (error instanceof PortError && error.kind === 'NotFound') return undefined;
    throw error;
  }
}
