/** deploy/argocd/argocd-cm.yaml: what Argo CD must be told of a CniTuning, for its ConfigMap, from the scripts beside it. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { GROUP } from '../../src/api/cnituning.ts';

const KIND = 'CniTuning';
const HEAD = `# For Argo CD's ConfigMap: \`kubectl -n argocd patch configmap argocd-cm --patch-file deploy/argocd/argocd-cm.yaml\`.
# Generated from deploy/argocd/${GROUP} by \`npm run generate\`; never edited.
`;

/** `root`: of the project. The scripts lie as Argo CD keeps them for the kinds it knows. */
export function argocdPatch(root: string): string {
  const folder = join(root, 'deploy/argocd', GROUP, KIND);
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const actions = {
    'discovery.lua': read('actions/discovery.lua'),
    definitions: globSync('actions/*/action.lua', { cwd: folder })
      .toSorted()
      .map((path) => ({ name: basename(dirname(path)), 'action.lua': read(path) })),
  };
  const data = {
    [`resource.customizations.health.${GROUP}_${KIND}`]: read('health.lua'),
    [`resource.customizations.actions.${GROUP}_${KIND}`]: stringify(actions, { lineWidth: 0 }),
  };
  return `${HEAD}${stringify({ data }, { lineWidth: 0 })}`;
}
