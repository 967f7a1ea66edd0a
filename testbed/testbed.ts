/**
 * A stand-in EKS on one machine: a real control plane, an AWS account behind an HTTP endpoint, nodes that join it, and
 * the CNI on every node. Each part also starts on its own (control-plane/, ec2/, cni/).
 */
import { kwokConfig } from './cluster/kwok-config.ts';
import type { Binaries } from './control-plane/binaries.ts';
import { type ControlPlane, startControlPlane } from './control-plane/control-plane.ts';
import { PACES, type StandIn, type StandInOptions, startStandIn } from './stand-in.ts';

export type TestbedOptions = StandInOptions & {
  readonly binaries: Binaries;
  readonly auditLog?: boolean;
  /** Of the controller manager; the control plane's default ones unless said otherwise. */
  readonly controllers?: readonly string[];
};

export type Testbed = StandIn & { readonly plane: ControlPlane };

/** From about a thousand nodes on kwok's default of playing four pods at a time holds everything up. */
const PARALLELISM = { few: 16, many: 32, manyNodes: 500 };

/** Resolves when the nodes have joined; aws-node and its pools are starting then. About six seconds with few nodes. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const { kwok } = PACES[options.pace ?? 'real'];
  const parallelism = options.nodes < PARALLELISM.manyNodes ? PARALLELISM.few : PARALLELISM.many;
  const plane = await startControlPlane({
    binaries: options.binaries,
    kwokConfig: kwokConfig({ ...kwok, awsNodeWaitsForCni: true, parallelism }),
    ...(options.auditLog === undefined ? {} : { auditLog: options.auditLog }),
    ...(options.controllers === undefined ? {} : { controllers: options.controllers }),
  });
  try {
    const standIn = await startStandIn(plane, options);
    /** Leaves neither a process nor a file. */
    const stop = async (): Promise<void> => {
      await standIn.stop();
      await plane.stop();
    };
    return { ...standIn, plane, stop };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
