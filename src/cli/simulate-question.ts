/** The flags of `simulate`. */
import { limitsOf } from '../ipamd/instance-limits.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import { fromEnv, MANIFEST_ENV } from '../ipamd/warm-settings.ts';
import { assignmentOf } from './assignment.ts';
import type { Given } from './command.ts';
import { WrongInput } from './command.ts';
import type { DemandMode } from './demand-shapes.ts';

const MOST_PODS = 1_000;

export type AskedSetting = {
  /** As given: what is set beside the manifest's variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly settings: CniSettings;
};

/** `WARM_ENI_TARGET=1;WARM_IP_TARGET=2,MINIMUM_IP_TARGET=10`: two settings. Throws WrongInput. */
export function settingsOf(given: Given, mode: DemandMode): readonly AskedSetting[] {
  return given
    .text('settings')
    .split(';')
    .map((text) => {
      const env = Object.fromEntries(text.split(',').map((part) => assignmentOf('settings', part)));
      const delegation = String(mode === 'prefix');
      const read = fromEnv({ ...MANIFEST_ENV, ENABLE_PREFIX_DELEGATION: delegation, ...env });
      const trouble = read.problems[0]?.sentence ?? read.refusal;
      if (trouble !== undefined) throw new WrongInput(`--settings: ${trouble}`);
      return { env, settings: read.settings };
    });
}

export function instanceTypesOf(given: Given): readonly string[] {
  const types = given.text('instance-types').split(',');
  const unknown = types.find((type) => limitsOf(type) === undefined);
  if (unknown === undefined) return types;
  throw new WrongInput(`--instance-types names "${unknown}", whose limits nobody knows; see the AWS list of types.`);
}

export function podCountsOf(given: Given): readonly number[] {
  return given
    .text('pods')
    .split(',')
    .map((text) => {
      const pods = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
      if (pods <= MOST_PODS) return pods;
      throw new WrongInput(`--pods has "${text}"; each must be a whole number from 0 to ${MOST_PODS}.`);
    });
}
