import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import { API_VERSION, RECONCILE_ANNOTATION } from '../../src/api/cnituning.ts';
import { runLua } from '../support/lua.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const told = parse(readFileSync(join(ROOT, 'deploy/argocd/argocd-cm.yaml'), 'utf8')).data;
const HEALTH: string = told['resource.customizations.health.cnituning.dev_CniTuning'];
const ACTIONS: {
  readonly 'discovery.lua': string;
  readonly definitions: readonly { readonly name: string; readonly 'action.lua': string }[];
} = parse(told['resource.customizations.actions.cnituning.dev_CniTuning']);

type Reported = { readonly name: string; readonly status: CniTuningStatus };

/** What the operator wrote in the stories of test/scenarios, as `story: object`. */
const REPORTED: ReadonlyMap<string, CniTuningStatus> = new Map(
  globSync('test/scenarios/*/report.yaml', { cwd: ROOT })
    .toSorted()
    .flatMap((path) => {
      const { tunings }: { readonly tunings: readonly Reported[] } = parse(readFileSync(join(ROOT, path), 'utf8'));
      return tunings.map(({ name, status }) => [`${basename(dirname(path))}: ${name}`, status] as const);
    }),
);

function statusOf(story: string): CniTuningStatus {
  const status = REPORTED.get(story);
  if (status === undefined) throw new Error(`no story reports ${story}`);
  return status;
}

/** As the API server shows it: a status that was not written yet begins at generation -1. */
function anObject(status: CniTuningStatus | { readonly observedGeneration: -1 }, spec: object = {}, metadata = {}) {
  const generation = Math.max(1, status.observedGeneration);
  return {
    apiVersion: API_VERSION,
    kind: 'CniTuning',
    metadata: { name: 'default', generation, ...metadata },
    spec,
    status,
  };
}

/** The part of kstatus' rules that is left once the operator has seen the object, in Argo CD's words. */
function kstatusOf({ conditions = [] }: CniTuningStatus): string {
  const isTrue = (type: string) => conditions.some((each) => each.type === type && each.status === 'True');
  if (isTrue('Reconciling')) return 'Progressing';
  if (isTrue('Stalled')) return 'Degraded';
  return isTrue('Ready') ? 'Healthy' : 'Progressing';
}

const healthOf = async (object: object) => (await runLua(HEALTH, object)) as { status: string; message: string };

describe('the health that Argo CD shows', () => {
  it('agrees with what kstatus, and so Flux and Helm, make of the same status, in every story', async () => {
    const shown = await Promise.all(
      [...REPORTED].map(async ([story, status]) => [story, (await healthOf(anObject(status))).status] as const),
    );
    expect(shown).toEqual([...REPORTED].map(([story, status]) => [story, kstatusOf(status)]));
    expect(new Set(shown.map(([, health]) => health))).toEqual(new Set(['Healthy', 'Progressing', 'Degraded']));
  });

  it('is suspended while the spec says so, whatever was reported last', async () => {
    for (const story of ['suspended: default', 'fields-owned-elsewhere: default'])
      expect(await healthOf(anObject(statusOf(story), { suspend: true }))).toEqual({
        status: 'Suspended',
        message: 'spec.suspend is true: observing, but neither deciding nor writing.',
      });
  });

  it('is progressing before the operator has seen the object, or what was changed in it', async () => {
    expect((await healthOf(anObject({ observedGeneration: -1 }))).status).toBe('Progressing');
    const changed = anObject(statusOf('recommend-only: default'), {}, { generation: 9 });
    expect(await healthOf(changed)).toEqual({
      status: 'Progressing',
      message: 'The operator has not seen this spec yet.',
    });
  });

  it('is progressing while a deleted object gives values back, and degraded where that needs a person', async () => {
    const deletionTimestamp = '2026-03-02T07:00:00Z';
    const going = anObject(statusOf('apply-with-take-over: default'), { suspend: true }, { deletionTimestamp });
    expect((await healthOf(going)).status).toBe('Progressing');
    const stuck = anObject(statusOf('fields-owned-elsewhere: default'), {}, { deletionTimestamp });
    expect((await healthOf(stuck)).status).toBe('Degraded');
  });

  it("carries the operator's own words", async () => {
    const status = statusOf('fields-owned-elsewhere: default');
    const stalled = status.conditions?.find(({ type }) => type === 'Stalled');
    expect((await healthOf(anObject(status))).message).toBe(stalled?.message);
  });
});

describe('the actions that Argo CD offers', () => {
  const act = async (name: string, object: object) => {
    const script = ACTIONS.definitions.find((action) => action.name === name)?.['action.lua'] ?? '';
    return await runLua(script, object);
  };
  const object = anObject(statusOf('recommend-only: default'), { mode: 'Recommend', suspend: false });
  const suspended = { ...object, spec: { ...object.spec, suspend: true } };

  it('are each defined, and suspend or resume is greyed out', async () => {
    const offered = async (of: object) =>
      Object.entries((await runLua(ACTIONS['discovery.lua'], of)) as Record<string, { disabled: boolean }>)
        .filter(([, { disabled }]) => !disabled)
        .map(([name]) => name)
        .toSorted();
    expect(await offered(object)).toEqual(['reconcile', 'suspend']);
    expect(await offered(suspended)).toEqual(['reconcile', 'resume']);
    expect(ACTIONS.definitions.map(({ name }) => name)).toEqual(['reconcile', 'resume', 'suspend']);
  });

  it('suspend and resume, and change nothing else', async () => {
    expect(await act('suspend', object)).toEqual(suspended);
    expect(await act('resume', suspended)).toEqual(object);
  });

  it('ask for a pass now by the annotation that the operator knows', async () => {
    const asked = (await act('reconcile', object)) as { metadata: { annotations: Record<string, string> } };
    const { annotations, ...metadata } = asked.metadata;
    expect({ ...asked, metadata }).toEqual(object);
    expect(Object.keys(annotations)).toEqual([RECONCILE_ANNOTATION]);
    expect(annotations[RECONCILE_ANNOTATION]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});
