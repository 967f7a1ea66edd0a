/** The flags of `recommend` that say what is asked: mode, bounds, objectives, what is in force now. */
import { DEFAULT_SPEC } from '../api/cnituning.ts';
import { parseDurationMs, parsePercent } from '../api/quantities.ts';
import type { Bounds, SettingName, TuningSpec } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import { fromEnv } from '../ipamd/warm-settings.ts';
import { assignmentOf } from './assignment.ts';
import type { Given } from './command.ts';
import { WrongInput } from './command.ts';
import type { DemandMode } from './demand-shapes.ts';
import { DEMAND_MODES } from './demand-shapes.ts';

/** More than any node can use. */
const MOST = 256;

export function modeOf(given: Given): DemandMode {
  const text = given.text('mode');
  const mode = DEMAND_MODES.find((known) => known === text);
  if (mode !== undefined) return mode;
  const found = text === '' ? 'is missing' : `is "${text}"`;
  throw new WrongInput(`--mode ${found}; it must be one of ${DEMAND_MODES.join(', ')}.`);
}

/** `warmENI=0..3,warmPrefix=1..4`; empty: the defaults of a CniTuning. */
export function boundsOf(text: string): TuningSpec['settings'] {
  if (text === '') return DEFAULT_SPEC.settings;
  const entries = text.split(',').map((part): readonly [SettingName, Bounds] => {
    const [, word = '', min = '', max = ''] = /^(\w+)=(\d{1,4})\.\.(\d{1,4})$/.exec(part.trim()) ?? [];
    const name = SETTING_NAMES.find((known) => known === word);
    if (word === '') throw new WrongInput(`--bounds has "${part}"; each part must look like warmENI=0..3.`);
    if (name === undefined) {
      throw new WrongInput(`--bounds names "${word}"; the settings are ${SETTING_NAMES.join(', ')}.`);
    }
    return [name, checked(name, { min: Number(min), max: Number(max) })];
  });
  const bounds: TuningSpec['settings'] = Object.fromEntries(entries);
  if (bounds.minimumIP !== undefined && bounds.warmIP === undefined) {
    throw new WrongInput(
      '--bounds names minimumIP without warmIP; the CNI reads the minimum only beside a warm target.',
    );
  }
  return bounds;
}

function checked(name: SettingName, bounds: Bounds): Bounds {
  const least = name === 'warmPrefix' || name === 'warmIP' ? 1 : 0;
  if (bounds.min >= least && bounds.max <= MOST && bounds.min <= bounds.max) return bounds;
  const range = `from ${least} to ${MOST}, the smaller one first`;
  throw new WrongInput(`--bounds has ${name}=${bounds.min}..${bounds.max}; both must be ${range}.`);
}

export function specOf(given: Given): Pick<TuningSpec, 'settings' | 'objectives' | 'history'> {
  const share = parsePercent(given.text('delayed-pods'));
  if (share === undefined) {
    throw new WrongInput(`--delayed-pods is "${given.text('delayed-pods')}"; it must be a percentage such as 0.1%.`);
  }
  return {
    settings: boundsOf(given.text('bounds')),
    objectives: { ...DEFAULT_SPEC.objectives, delayedPodsShare: share },
    history: {
      windowMs: durationOf(given, 'window'),
      halfLifeMs: durationOf(given, 'half-life'),
      minimumMs: durationOf(given, 'minimum-history'),
    },
  };
}

function durationOf(given: Given, flag: string): number {
  const ms = parseDurationMs(given.text(flag));
  if (ms !== undefined && ms > 0) return ms;
  throw new WrongInput(`--${flag} is "${given.text(flag)}"; it must be a duration such as 6h or 30m.`);
}

/** `WARM_ENI_TARGET=2,WARM_IP_TARGET=5`: what the DaemonSet has now beside the manifest's variables. */
export function currentEnvOf(text: string): Readonly<Record<string, string>> {
  if (text === '') return {};
  const env = Object.fromEntries(text.split(',').map((part) => assignmentOf('current', part)));
  const [problem] = fromEnv(env).problems;
  if (problem !== undefined) throw new WrongInput(`--current: ${problem.sentence}`);
  return env;
}
