import { describe, expect, it } from 'vitest';
import { aPassRecord } from '../../../test/support/a-pass-record.ts';
import { PortError } from '../../reconcile/ports.ts';
import type { Census } from '../../tuning/census.ts';
import { createLog } from '../log.ts';
import { PassLog } from './pass-log.ts';

function aLog() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { lines, log, passLog: new PassLog(log) };
}

const aHold = (message: string) =>
  aPassRecord({
    plan: { kind: 'Hold', reason: 'CollectingHistory', message, recheckAtMs: undefined },
    outcome: { kind: 'Held' },
  });

describe('PassLog', () => {
  it('says a state once, however often it is found again and however its figures drift', () => {
    const { lines, passLog } = aLog();
    passLog.report(aHold('1 of 6 hours'));
    passLog.report(aHold('2 of 6 hours'));
    passLog.report(aPassRecord());
    passLog.report(aPassRecord());
    expect(lines.map(({ message, reason }) => [message, reason])).toEqual([
      ['Holding', 'CollectingHistory'],
      ['Nothing to do', undefined],
    ]);
    expect(lines[0]).toMatchObject({ level: 'info', tuning: 'default', because: '1 of 6 hours' });
  });

  it('warns of a failure with its kind and its sentence, and never with its cause', () => {
    const { lines, passLog } = aLog();
    const error = new PortError('Forbidden', 'Not allowed to patch.', { cause: { authorization: 'Bearer x' } });
    passLog.report(aPassRecord({ outcome: { kind: 'Failed', error } }));
    expect(lines).toMatchObject([
      { level: 'warn', message: 'Pass failed', kind: 'Forbidden', error: 'Not allowed to patch.' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('Bearer');
  });

  it('does not call it a failure when somebody else was quicker', () => {
    const { lines, passLog } = aLog();
    passLog.report(aPassRecord({ outcome: { kind: 'Overtaken' } }));
    expect(lines).toMatchObject([
      { level: 'info', message: 'DaemonSet changed since it was read: judged anew', tuning: 'default' },
    ]);
  });

  it('names instance types that nobody knows, once', () => {
    const { lines, passLog } = aLog();
    const census = { unknownInstanceTypes: ['zz9.plural'] } as unknown as Census;
    passLog.report(aPassRecord({ census }));
    passLog.report(aPassRecord({ census }));
    expect(lines.map(({ message, unknownInstanceTypes }) => [message, unknownInstanceTypes])).toEqual([
      ['Nothing to do', undefined],
      ['Nodes of unknown instance types are skipped', ['zz9.plural']],
    ]);
  });

  it('says it again for an object of the same name that came later', () => {
    const { lines, passLog } = aLog();
    passLog.report(aPassRecord());
    passLog.forget('default');
    passLog.report(aPassRecord());
    expect(lines).toHaveLength(2);
  });
});
