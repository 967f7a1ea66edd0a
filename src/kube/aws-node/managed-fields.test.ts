import { describe, expect, it } from 'vitest';
import type { FieldTree, RawManagedFields } from '../raw-objects.ts';
import { ownersOfValue, ownsValue, withoutOwner, withOwner } from './managed-fields.ts';

const EKS = { manager: 'eks', operation: 'Apply' } as const;
const SET = { manager: 'kubectl-set', operation: 'Update' } as const;
const OURS = { manager: 'cni-tuner', operation: 'Apply' } as const;
const AT = { container: 'aws-node', variable: 'WARM_ENI_TARGET', time: '2026-11-20T08:00:00Z' };

const treeOf = (env: FieldTree, container: FieldTree = {}): FieldTree => ({
  'f:spec': {
    'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"aws-node"}': { ...container, 'f:env': env } } } },
  },
});
const WHOLE: FieldTree = { '.': {}, 'f:name': {}, 'f:value': {} };
const fieldsOf = (owner: { manager: string; operation: string }, fieldsV1: FieldTree): RawManagedFields => ({
  ...owner,
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});

/** After a force: eks keeps the key and the name, we own the value too. */
const FORCED = [
  fieldsOf(
    EKS,
    treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': { '.': {}, 'f:name': {} }, 'k:{"name":"OTHER"}': WHOLE }, { '.': {} }),
  ),
  fieldsOf(OURS, treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': WHOLE }, { '.': {}, 'f:name': {} })),
  {
    ...fieldsOf({ manager: 'kube-controller-manager', operation: 'Update' }, { 'f:status': {} }),
    subresource: 'status',
  },
];

describe('ownersOfValue', () => {
  it('names who owns the value, not who holds the key', () => {
    expect(ownersOfValue(FORCED, 'aws-node', 'WARM_ENI_TARGET')).toEqual([OURS]);
    expect(ownersOfValue(FORCED, 'aws-node', 'OTHER')).toEqual([EKS]);
    expect(ownersOfValue(FORCED, 'another', 'OTHER')).toEqual([]);
    expect(ownersOfValue([], 'aws-node', 'OTHER')).toEqual([]);
  });

  it('counts the owner of a valueFrom', () => {
    const entry = { 'k:{"name":"WARM_ENI_TARGET"}': { 'f:valueFrom': { 'f:fieldRef': {} } } };
    expect(ownersOfValue([fieldsOf(EKS, treeOf(entry))], 'aws-node', 'WARM_ENI_TARGET')).toEqual([EKS]);
  });

  it('tells Apply and Update of one name apart', () => {
    const managed = [
      fieldsOf({ manager: 'eks', operation: 'Update' }, treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': WHOLE })),
    ];
    expect(ownsValue(managed, EKS, AT)).toBe(false);
    expect(ownsValue(managed, { ...EKS, operation: 'Update' }, AT)).toBe(true);
  });
});

describe('withOwner', () => {
  it('gives the value back to an owner that kept the key', () => {
    const [eks] = withOwner(FORCED, EKS, AT);
    expect(eks?.fieldsV1).toEqual(
      treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': WHOLE, 'k:{"name":"OTHER"}': WHOLE }, { '.': {} }),
    );
  });

  it('brings back an owner that had nothing else', () => {
    const back = withOwner(FORCED, SET, AT).at(-1);
    expect(back).toEqual({
      ...fieldsOf(SET, treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': { 'f:value': {} } })),
      time: AT.time,
    });
  });
});

describe('withoutOwner', () => {
  it('takes the entry out and leaves the rest of what the owner has', () => {
    const ours = withoutOwner(FORCED, OURS, AT).find(({ manager }) => manager === 'cni-tuner');
    expect(ours?.fieldsV1).toEqual({
      'f:spec': {
        'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"aws-node"}': { '.': {}, 'f:name': {} } } } },
      },
    });
  });

  it('drops an owner that has nothing left', () => {
    const managed = [fieldsOf(SET, treeOf({ 'k:{"name":"WARM_ENI_TARGET"}': { 'f:value': {} } }))];
    expect(withoutOwner(managed, SET, AT)).toEqual([]);
  });

  it('changes nobody else', () => {
    const others = withoutOwner(FORCED, OURS, AT).filter(({ manager }) => manager !== 'cni-tuner');
    expect(others).toEqual(FORCED.filter(({ manager }) => manager !== 'cni-tuner'));
  });
});
