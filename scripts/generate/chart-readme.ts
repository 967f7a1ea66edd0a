import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART, type ChartValue } from './chart-values.ts';

type ChartFile = { readonly description: string; readonly version: string; readonly kubeVersion: string };

export function chartReadme(values: readonly ChartValue[]): string {
  const chart: ChartFile = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
  return `# cni-tuner

${chart.description}. Version ${chart.version}; Kubernetes ${chart.kubeVersion.replace('-0', '')}.

Generated from \`values.yaml\` by \`npm run generate\`; never edited.

## Install

\`\`\`sh
helm install cni-tuner deploy/chart --namespace cni-tuner --create-namespace --wait
helm test cni-tuner --namespace cni-tuner
\`\`\`

Then ask for advice (\`mode: Recommend\` changes nothing), as the notes of the installation say.

## Upgrade

\`\`\`sh
helm upgrade cni-tuner deploy/chart --namespace cni-tuner --wait
\`\`\`

The CniTuning resource is upgraded with it (\`crds.enabled\`).

## Uninstall

\`\`\`sh
kubectl delete cnitunings --all        # gives aws-node its own values back
helm uninstall cni-tuner --namespace cni-tuner --wait
\`\`\`

The CniTuning resource stays (\`crds.keep\`); \`kubectl delete crd cnitunings.cnituning.dev\` removes it.

## Values

| value | default | what it does |
|---|---|---|
${rowsOf(values, '').join('\n')}
`;
}

function rowsOf(values: readonly ChartValue[], prefix: string): readonly string[] {
  return values.flatMap(({ name, fallback, about, members }) => {
    if (members !== undefined) return rowsOf(members, `${prefix}${name}.`);
    return [
      `| \`${prefix}${name}\` | \`${JSON.stringify(fallback).replaceAll('|', '\\|')}\` | ${about.replaceAll('|', '\\|')} |`,
    ];
  });
}
