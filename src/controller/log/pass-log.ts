/** Says in the log what passes decided, and only when that changed. Remembers one line per CniTuning. */
import type { PassRecord } from '../../reconcile/pass-record.ts';
import type { Census } from '../../tuning/census.ts';
import type { Log } from '../log.ts';

type Fields = Readonly<Record<string, unknown>>;
type Line = { readonly level: 'info' | 'warn'; readonly message: string; readonly fields: Fields };

export class PassLog {
  readonly #log: Log;
  readonly #last = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  report(record: PassRecord): void {
    const { name } = record.object;
    this.#say(name, lineOf(record), { tuning: name, ...detail(record) });
    if (record.census !== undefined) this.#say(typesKey(name), typesLine(record.census), { tuning: name });
    this.#log.debug('Pass finished', {
      tuning: name,
      plan: record.plan?.kind,
      outcome: record.outcome.kind,
      tookMs: record.finishedAtMs - record.startedAtMs,
    });
  }

  forget(name: string): void {
    this.#last.delete(name);
    this.#last.delete(typesKey(name));
  }

  /** Once for each state; `undefined` is the state of having nothing to say. */
  #say(key: string, line: Line | undefined, detail: Fields): void {
    const seen = line === undefined ? '' : JSON.stringify([line.message, line.fields]);
    if (line !== undefined && this.#last.get(key) !== seen)
      this.#log[line.level](line.message, { ...line.fields, ...detail });
    this.#last.set(key, seen);
  }
}

/** Object names have no slash. */
const typesKey = (name: string): string => `${name}/instance-types`;

function typesLine({ unknownInstanceTypes }: Pick<Census, 'unknownInstanceTypes'>): Line | undefined {
  if (unknownInstanceTypes.length === 0) return undefined;
  return { level: 'warn', message: 'Nodes of unknown instance types are skipped', fields: { unknownInstanceTypes } };
}

/** The line that stands for this state. Its fields decide whether the state is a new one: no figures that drift. */
function lineOf({ plan, outcome }: PassRecord): Line {
  if (outcome.kind === 'Failed')
    return {
      level: 'warn',
      message: 'Pass failed',
      fields: { kind: outcome.error.kind, error: outcome.error.message },
    };
  if (outcome.kind === 'Conflicted')
    return {
      level: 'warn',
      message: 'Write refused: others own the fields',
      fields: { owners: [...new Set(outcome.conflicts.map(({ manager }) => manager))] },
    };
  if (outcome.kind === 'Overtaken')
    return { level: 'info', message: 'DaemonSet changed since it was read: judged anew', fields: {} };
  if (outcome.kind === 'Applied' && outcome.changed)
    return {
      level: 'info',
      message: 'DaemonSet changed',
      fields: { generation: outcome.generation, forced: outcome.forced },
    };
  if (outcome.kind === 'Restored')
    return {
      level: 'info',
      message: 'DaemonSet restored',
      fields: { restored: outcome.restored, skipped: outcome.skipped },
    };
  if (outcome.kind === 'Released') return { level: 'info', message: 'DaemonSet released', fields: {} };
  if (plan?.kind === 'Undo') return { level: 'info', message: 'Request to undo', fields: { way: plan.way } };
  if (plan?.kind === 'Hold') return { level: 'info', message: 'Holding', fields: { reason: plan.reason } };
  return { level: 'info', message: 'Nothing to do', fields: {} };
}

/** What a reader wants beside the line, though it does not make it a new one. */
function detail({ plan }: PassRecord): Fields {
  if (plan?.kind === 'Hold') return { because: plan.message };
  if (plan?.kind === 'Undo') return { because: plan.message };
  if (plan?.kind === 'Change') return { from: plan.from, to: plan.to, because: plan.because };
  return {};
}
