/**
 * Nodes and pods out of their protobuf messages: the fields that are read here, as JSON would have them (what is empty
 * is absent). The numbers are those of k8s.io/api/core/v1 and apimachinery meta/v1, generated.proto; they never change.
 */
import type { RawCondition, RawMeta, RawNode, RawObject, RawPod } from '../raw-objects.ts';
import type { Fields } from './fields.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Owner = NonNullable<RawMeta['ownerReferences']>[number];

/** Reads one kind. */
export type ReadObject = (fields: Fields) => RawObject;

export function podOf(fields: Fields): RawPod {
  const pod: Mutable<RawPod> = {};
  while (fields.next()) {
    if (fields.number === 1) pod.metadata = metaOf(fields.message());
    else if (fields.number === 2) pod.spec = podSpecOf(fields.message());
    else if (fields.number === 3) pod.status = podStatusOf(fields.message());
  }
  return pod;
}

export function nodeOf(fields: Fields): RawNode {
  const node: Mutable<RawNode> = {};
  while (fields.next()) {
    if (fields.number === 1) node.metadata = metaOf(fields.message());
    else if (fields.number === 2) node.spec = nodeSpecOf(fields.message());
    else if (fields.number === 3) node.status = nodeStatusOf(fields.message());
  }
  return node;
}

/** Any kind's metadata, annotations included: of a bookmark, which is an object of the watched kind. */
export function bookmarkOf(fields: Fields): RawObject {
  const object: Mutable<RawObject> = {};
  while (fields.next()) {
    if (fields.number === 1) object.metadata = { ...metaOf(fields.message()), annotations: annotationsOf(fields) };
  }
  return object;
}

function annotationsOf(object: Fields): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = {};
  const meta = object.message();
  while (meta.next()) if (meta.number === 12) putEntry(annotations, meta.message());
  return annotations;
}

function metaOf(fields: Fields): RawMeta {
  const meta: Mutable<RawMeta> = {};
  let labels: Record<string, string> | undefined;
  let owners: Owner[] | undefined;
  while (fields.next()) {
    switch (fields.number) {
      case 1:
        putText(meta, 'name', fields);
        break;
      case 3:
        putText(meta, 'namespace', fields);
        break;
      case 5:
        putText(meta, 'uid', fields);
        break;
      case 6:
        putText(meta, 'resourceVersion', fields);
        break;
      case 8:
        putTime(meta, 'creationTimestamp', fields.message());
        break;
      case 9:
        putTime(meta, 'deletionTimestamp', fields.message());
        break;
      case 11:
        putEntry((labels ??= {}), fields.message());
        break;
      case 13:
        (owners ??= []).push(ownerOf(fields.message()));
        break;
    }
  }
  if (labels !== undefined) meta.labels = labels;
  if (owners !== undefined) meta.ownerReferences = owners;
  return meta;
}

function ownerOf(fields: Fields): Owner {
  const owner: Mutable<Owner> = {};
  while (fields.next()) {
    if (fields.number === 1) owner.kind = fields.text();
    else if (fields.number === 3) owner.name = fields.text();
    else if (fields.number === 4) owner.uid = fields.text();
    else if (fields.number === 6) owner.controller = fields.flag();
  }
  return owner;
}

function podSpecOf(fields: Fields): NonNullable<RawPod['spec']> {
  const spec: Mutable<NonNullable<RawPod['spec']>> = {};
  while (fields.next()) {
    if (fields.number === 10) putText(spec, 'nodeName', fields);
    else if (fields.number === 11) putFlag(spec, 'hostNetwork', fields);
    else if (fields.number === 19) putText(spec, 'schedulerName', fields);
  }
  return spec;
}

function podStatusOf(fields: Fields): NonNullable<RawPod['status']> {
  const status: Mutable<NonNullable<RawPod['status']>> = {};
  const conditions: RawCondition[] = [];
  while (fields.next()) {
    if (fields.number === 1) putText(status, 'phase', fields);
    // type 1, status 2, lastTransitionTime 4, in pods as in nodes.
    else if (fields.number === 2) conditions.push(conditionOf(fields.message()));
  }
  if (conditions.length > 0) status.conditions = conditions;
  return status;
}

function nodeSpecOf(fields: Fields): NonNullable<RawNode['spec']> {
  const spec: Mutable<NonNullable<RawNode['spec']>> = {};
  while (fields.next()) {
    if (fields.number === 3) putText(spec, 'providerID', fields);
    else if (fields.number === 4) putFlag(spec, 'unschedulable', fields);
  }
  return spec;
}

function nodeStatusOf(fields: Fields): NonNullable<RawNode['status']> {
  const capacity: Record<string, string> = {};
  const conditions: RawCondition[] = [];
  while (fields.next()) {
    if (fields.number === 1) putQuantity(capacity, fields.message());
    else if (fields.number === 4) conditions.push(conditionOf(fields.message()));
  }
  return { capacity, conditions };
}

function conditionOf(fields: Fields): RawCondition {
  const condition: Mutable<RawCondition> = {};
  while (fields.next()) {
    if (fields.number === 1) condition.type = fields.text();
    else if (fields.number === 2) condition.status = fields.text();
    else if (fields.number === 4) putTime(condition, 'lastTransitionTime', fields.message());
  }
  return condition;
}

function putText<Key extends string>(into: { [K in Key]?: string }, key: Key, fields: Fields): void {
  const text = fields.text();
  if (text !== '') into[key] = text;
}

function putFlag<Key extends string>(into: { [K in Key]?: boolean }, key: Key, fields: Fields): void {
  if (fields.flag()) into[key] = true;
}

/** metav1.Time, which JSON has in whole seconds; the zero time is an empty message and is left out. */
function putTime<Key extends string>(into: { [K in Key]?: string }, key: Key, time: Fields): void {
  while (time.next()) if (time.number === 1) into[key] = timeText(time.whole());
}

/** The times of an object are mostly one second, and writing one costs as much as reading all the rest of a pod. */
let last = { seconds: 0, text: '1970-01-01T00:00:00Z' };

function timeText(seconds: number): string {
  if (last.seconds !== seconds) {
    last = { seconds, text: `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z` };
  }
  return last.text;
}

/** One entry of a map of strings. */
function putEntry(into: Record<string, string>, entry: Fields): void {
  let key = '';
  let value = '';
  while (entry.next()) {
    if (entry.number === 1) key = entry.text();
    else if (entry.number === 2) value = entry.text();
  }
  into[key] = value;
}

/** One entry of a map of quantities, each a message around its text. */
function putQuantity(into: Record<string, string>, entry: Fields): void {
  let key = '';
  while (entry.next()) {
    if (entry.number === 1) key = entry.text();
    else if (entry.number === 2) putFirstText(into, key, entry.message());
  }
}

function putFirstText(into: Record<string, string>, key: string, fields: Fields): void {
  while (fields.next()) if (fields.number === 1) into[key] = fields.text();
}
