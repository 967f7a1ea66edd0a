/** Who owns an env entry, by metadata.managedFields, and managedFields with an owner changed. Pure. */
import type { FieldOwner } from '../../tuning/snapshot.ts';
import type { FieldTree, RawManagedFields } from '../raw-objects.ts';

const LEAF: FieldTree = {};

/** The path from the root to one env entry, as FieldsV1 spells it. */
function pathTo(container: string, variable: string): readonly string[] {
  return [
    'f:spec',
    'f:template',
    'f:spec',
    'f:containers',
    `k:${JSON.stringify({ name: container })}`,
    'f:env',
    `k:${JSON.stringify({ name: variable })}`,
  ];
}

function subtreeAt(tree: FieldTree | undefined, path: readonly string[]): FieldTree | undefined {
  return path.reduce<FieldTree | undefined>((node, key) => node?.[key], tree);
}

/** The tree with the subtree at `path` replaced; `undefined` removes it, and what it leaves empty. */
function withSubtree(tree: FieldTree, path: readonly string[], subtree: FieldTree | undefined): FieldTree {
  const [key, ...rest] = path;
  if (key === undefined) return subtree ?? LEAF;
  const child = rest.length === 0 ? subtree : withSubtree(tree[key] ?? LEAF, rest, subtree);
  const { [key]: _, ...others } = tree;
  const gone = child === undefined || (subtree === undefined && rest.length > 0 && isBare(child));
  return gone ? others : { ...others, [key]: child };
}

/** Nothing is left of it but the node itself, which is owned only together with something below it. */
function isBare(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

function isOf(fields: RawManagedFields, owner: FieldOwner): boolean {
  return fields.manager === owner.manager && fields.operation === owner.operation && (fields.subresource ?? '') === '';
}

function operationOf(fields: RawManagedFields): FieldOwner['operation'] {
  return fields.operation === 'Apply' ? 'Apply' : 'Update';
}

/** Owners of the entry's `value`; an entry that has `valueFrom` is owned through that. */
export function ownersOfValue(
  managed: readonly RawManagedFields[],
  container: string,
  variable: string,
): readonly FieldOwner[] {
  const path = pathTo(container, variable);
  return managed.flatMap((fields) => {
    const entry = subtreeAt(fields.fieldsV1, path);
    const owns = entry?.['f:value'] !== undefined || entry?.['f:valueFrom'] !== undefined;
    return owns ? [{ manager: fields.manager ?? '', operation: operationOf(fields) }] : [];
  });
}

export function ownsValue(
  managed: readonly RawManagedFields[],
  owner: FieldOwner,
  at: { readonly container: string; readonly variable: string },
): boolean {
  const owners = ownersOfValue(managed, at.container, at.variable);
  return owners.some(({ manager, operation }) => manager === owner.manager && operation === owner.operation);
}

/** managedFields in which `owner` also owns the entry's value. An owner who had gone comes back with that alone. */
export function withOwner(
  managed: readonly RawManagedFields[],
  owner: FieldOwner,
  at: { readonly container: string; readonly variable: string; readonly time: string },
): readonly RawManagedFields[] {
  const path = [...pathTo(at.container, at.variable), 'f:value'];
  if (managed.some((fields) => isOf(fields, owner))) {
    return managed.map((fields) =>
      isOf(fields, owner) ? { ...fields, fieldsV1: withSubtree(fields.fieldsV1 ?? LEAF, path, LEAF) } : fields,
    );
  }
  const back: RawManagedFields = {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: 'apps/v1',
    time: at.time,
    fieldsType: 'FieldsV1',
    fieldsV1: withSubtree(LEAF, path, LEAF),
  };
  return [...managed, back];
}

/** managedFields in which `owner` has no part in the entry; an owner who has nothing left is gone. */
export function withoutOwner(
  managed: readonly RawManagedFields[],
  owner: FieldOwner,
  at: { readonly container: string; readonly variable: string },
): readonly RawManagedFields[] {
  const path = pathTo(at.container, at.variable);
  return managed.flatMap((fields) => {
    if (!isOf(fields, owner)) return [fields];
    const fieldsV1 = withSubtree(fields.fieldsV1 ?? LEAF, path, undefined);
    return isBare(fieldsV1) ? [] : [{ ...fields, fieldsV1 }];
  });
}
