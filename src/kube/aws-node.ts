/** Writes the tuned env entries of the DaemonSet, and nothing else, by server-side apply as `cni-tuner`. */
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import { PortError } from '../reconcile/ports.ts';
import type { DaemonSetTarget, OwnershipConflict, WarmSettingsWriter } from '../reconcile/ports.ts';
import { release } from './aws-node/release.ts';
import type { Variables } from './aws-node/requests.ts';
import { applyBody, envOf, sendApply } from './aws-node/requests.ts';
import { restore } from './aws-node/restore.ts';
import type { KubeClient } from './client.ts';

export type AwsNodeOptions = {
  readonly client: KubeClient;
  readonly variables: Variables;
  /** Generation of the DaemonSet as the watch last saw it; undefined when it is not watched. */
  readonly generationOf: (target: DaemonSetTarget) => number | undefined;
};

/** Which setting a field of a conflict is: `….env[name="WARM_ENI_TARGET"].value`. */
function withSetting(conflict: OwnershipConflict, variables: Variables): OwnershipConflict {
  const setting = SETTING_NAMES.find((name) => conflict.field.includes(`.env[name="${variables[name]}"]`));
  return { ...conflict, setting };
}

function explained(error: unknown, target: DaemonSetTarget, variables: Variables): unknown {
  if (!(error instanceof PortError) || error.conflicts.length === 0) return error;
  const conflicts = error.conflicts.map((conflict) => withSetting(conflict, variables));
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].join(', ');
  const { namespace, name } = target.ref;
  const message = `Fields of the DaemonSet ${namespace}/${name} that the write needs are owned by ${managers}.`;
  return new PortError('Conflict', message, { conflicts, cause: error });
}

export function warmSettingsWriter(options: AwsNodeOptions): WarmSettingsWriter {
  const { client, variables } = options;
  return {
    apply: async (target, values, originals, force) => {
      const before = options.generationOf(target);
      const body = applyBody(target, envOf(values, variables), originals);
      try {
        const { metadata } = await sendApply(client, target, body, force);
        const generation = metadata?.generation ?? 0;
        return { generation, changed: generation !== before };
      } catch (error) {
        throw explained(error, target, variables);
      }
    },
    restore: async (target, originals, keep) => await restore({ client, variables }, target, originals, keep),
    release: async (target) => await release({ client, variables }, target),
  };
}
