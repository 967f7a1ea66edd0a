/** Compares what a service account may do with what it did. */
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { AuditedRequest } from '../../testbed/control-plane/audit-log.ts';

/** One verb on one resource, as RBAC grants it. An empty name or namespace: any. */
export type Right = {
  readonly verb: string;
  readonly apiGroup: string;
  /** `cnitunings/status` for a subresource. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
};

type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};
type Binding = {
  readonly metadata: { readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
};

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

export const sentenceOf = ({ verb, apiGroup, resource, name, namespace }: Right): string =>
  `${verb} ${apiGroup === '' ? resource : `${resource}.${apiGroup}`}${name && ` ${name}`}${namespace && ` in ${namespace}`}`;

/** Every right the cluster's bindings give to the service account `name` of the namespace `namespace`. */
export async function rightsOf(api: ApiClient, namespace: string, name: string): Promise<readonly Right[]> {
  const lists = ['clusterrolebindings', 'rolebindings'].map(
    async (kind) => (await api.get<{ items: readonly Binding[] }>(`${RBAC}/${kind}`)).items,
  );
  const bindings = (await Promise.all(lists))
    .flat()
    .filter(({ subjects = [] }) =>
      subjects.some((each) => each.kind === 'ServiceAccount' && each.name === name && each.namespace === namespace),
    );
  const rights = bindings.map(async ({ metadata: { namespace: within = '' }, roleRef }) => {
    const folder = roleRef.kind === 'ClusterRole' ? `${RBAC}/clusterroles` : `${RBAC}/namespaces/${within}/roles`;
    const { rules } = await api.get<{ rules: readonly Rule[] }>(`${folder}/${roleRef.name}`);
    return rules.flatMap((rule) => rightsIn(rule, within));
  });
  return (await Promise.all(rights)).flat();
}

function rightsIn({ apiGroups, resources, verbs, resourceNames = [''] }: Rule, namespace: string): readonly Right[] {
  return verbs.flatMap((verb) =>
    apiGroups.flatMap((apiGroup) =>
      resources.flatMap((resource) => resourceNames.map((name) => ({ verb, apiGroup, resource, name, namespace }))),
    ),
  );
}

/** Whether the request needed this right. A list or watch of one object by name is what RBAC takes it for. */
export function used(right: Right, request: AuditedRequest): boolean {
  const { resource, subresource, apiGroup, verb, name, namespace } = request;
  return (
    right.verb === verb &&
    right.apiGroup === apiGroup &&
    right.resource === (subresource === '' ? resource : `${resource}/${subresource}`) &&
    (right.name === '' || right.name === name) &&
    (right.namespace === '' || right.namespace === namespace)
  );
}
