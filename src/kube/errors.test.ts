import { describe, expect, it } from 'vitest';
import { type ApiError, conflictsOf, errorOfStatus, statusOf, unreachableOf } from './errors.ts';

const ASKED = { method: 'PATCH', path: '/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node' };
const FIELD = '.spec.template.spec.containers[name="aws-node"].env[name="WARM_ENI_TARGET"].value';
const body = (status: object): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...status });

const errorOf = (code: number, text: string, retryAfter?: string): ApiError =>
  errorOfStatus(ASKED, code, statusOf(text), retryAfter);

describe('errorOfStatus', () => {
  it.each([
    [400, 'Invalid'],
    [401, 'Forbidden'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [410, 'Conflict'],
    [422, 'Invalid'],
    [429, 'Throttled'],
    [500, 'Unavailable'],
    [503, 'Unavailable'],
    [504, 'Unavailable'],
  ])('takes a %i for %s', (code, kind) => {
    expect(errorOf(code, body({ code, message: 'no', reason: 'Because' })).kind).toBe(kind);
  });

  it('takes a 403 of an admission webhook for a refused write, not for a missing permission', () => {
    const message = 'admission webhook "validation.gatekeeper.sh" denied the request: [frozen] kube-system is frozen';
    expect(errorOf(403, body({ code: 403, reason: 'Forbidden', message })).kind).toBe('Invalid');
  });

  it.each([
    'failed to create typed patch object (kube-system/aws-node; apps/v1): .spec: expected string, got 3',
    '.spec.template.spec.containers[name="aws-node"].env: duplicate entries for key [name="WARM_ENI_TARGET"]',
  ])('takes a 500 for our own mistake when it says: %s', (message) => {
    expect(errorOf(500, body({ code: 500, message })).kind).toBe('Invalid');
  });

  it('reads how long to wait from the header, else from the status', () => {
    expect(errorOf(429, 'Too many requests', '7').retryAfterMs).toBe(7_000);
    expect(errorOf(504, body({ details: { retryAfterSeconds: 1 } })).retryAfterMs).toBe(1_000);
    expect(errorOf(500, 'no').retryAfterMs).toBeUndefined();
  });

  it.each([
    ['99999999', 60_000],
    ['-1', undefined],
    ['Fri, 27 Nov 2026 01:00:00 GMT', undefined],
  ])('waits no longer than a minute, and never on nonsense: %s', (header, retryAfterMs) => {
    expect(errorOf(429, 'Too many requests', header).retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    [
      'daemonsets.apps "aws-node" is forbidden: User "cni-tuner" cannot patch resource "daemonsets" in API group "apps" in the namespace "kube-system"',
      'patch daemonsets in kube-system',
    ],
    [
      'nodes is forbidden: User "cni-tuner" cannot list resource "nodes" in API group "" at the cluster scope',
      'list nodes',
    ],
  ])('names the missing permission of: %s', (message, missing) => {
    expect(errorOf(403, body({ code: 403, message })).missingPermission).toBe(missing);
  });

  it('survives a body that is no JSON and one that only looks like it', () => {
    expect(errorOf(502, '<html>bad gateway</html>').message).toContain('bad gateway');
    expect(errorOf(502, '{"kind":').message).toContain('502');
    expect(errorOf(503, '').message).toContain('HTTP 503');
  });
});

describe('conflictsOf', () => {
  const conflict = (message: string) =>
    conflictsOf({ details: { causes: [{ reason: 'FieldManagerConflict', message, field: FIELD }] } });

  it.each([
    ['conflict with "eks"', 'eks', 'Apply'],
    ['conflict with "kubectl-set" using apps/v1', 'kubectl-set', 'Update'],
    ['conflict with "kubectl-edit" using apps/v1 at 2026-11-20T08:00:00Z', 'kubectl-edit', 'Update'],
    ['conflict with "a \\"quoted\\" one" with subresource "status" using apps/v1', 'a "quoted" one', 'Update'],
  ])('reads %s', (message, manager, operation) => {
    expect(conflict(message)).toEqual([{ manager, operation, field: FIELD, setting: undefined }]);
  });

  it('finds none in a conflict of versions', () => {
    expect(conflictsOf({ reason: 'Conflict', message: 'the object has been modified' })).toEqual([]);
  });
});

describe('unreachableOf', () => {
  it('keeps the cause and says what was asked', () => {
    const error = unreachableOf(ASKED, new Error('connect ECONNREFUSED'));
    expect(error).toMatchObject({ kind: 'Unavailable', code: 0 });
    expect(error.message).toBe(`The API server gave no answer to PATCH ${ASKED.path}: connect ECONNREFUSED`);
  });
});
