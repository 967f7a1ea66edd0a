import { describe, expect, it } from 'vitest';
import { textWithoutManagedFields } from './managed-fields.ts';

const MANAGED = [{ manager: 'kubelet', fieldsV1: { 'f:status': { 'k:{"ip":"10.0.0.1"}': {} } } }];

function readBack(object: unknown): unknown {
  return JSON.parse(textWithoutManagedFields(Buffer.from(JSON.stringify({ type: 'ADDED', object }))));
}

describe('textWithoutManagedFields', () => {
  it('empties managedFields and keeps everything else', () => {
    const pod = { metadata: { name: 'a-ü', managedFields: MANAGED }, spec: { nodeName: 'n' }, status: {} };
    expect(readBack(pod)).toEqual({ type: 'ADDED', object: { ...pod, metadata: { name: 'a-ü', managedFields: [] } } });
  });

  it('leaves an object without managedFields as it is', () => {
    const pod = { metadata: { name: 'a' }, spec: { nodeName: 'n' } };
    expect(readBack(pod)).toEqual({ type: 'ADDED', object: pod });
  });

  it('is not misled by an annotation that holds a whole manifest', () => {
    const last = JSON.stringify({ metadata: { managedFields: MANAGED }, spec: { nodeName: 'x' } });
    const pod = { metadata: { annotations: { last }, managedFields: MANAGED }, spec: { nodeName: 'n' } };
    const metadata = { annotations: { last }, managedFields: [] };
    expect(readBack(pod)).toEqual({ type: 'ADDED', object: { metadata, spec: { nodeName: 'n' } } });
  });

  it('leaves an object whole when metadata does not end with managedFields', () => {
    const pod = { metadata: { managedFields: MANAGED, name: 'a' }, spec: { nodeName: 'n' } };
    expect(readBack(pod)).toEqual({ type: 'ADDED', object: pod });
  });
});
