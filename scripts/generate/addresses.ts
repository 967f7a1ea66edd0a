/**
 * Where the project and its image live. package.json says it once (`repository`); every other file that names the place is
 * brought in line with it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = [
  'Dockerfile',
  'deploy/chart/Chart.yaml',
  'deploy/chart/values.yaml',
  'deploy/chart/files/alerts/cni-tuner.yaml',
  'test/alerts/alerts.test.yaml',
  '.github/workflows/release.yaml',
];

export function addressedFiles(root: string): readonly { readonly path: string; readonly text: string }[] {
  const project = projectOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).repository);
  return FILES.map((path) => ({ path, text: addressed(readFileSync(join(root, path), 'utf8'), project) }));
}

/** `owner/name` of `github:owner/name`. Throws for any other form. */
export function projectOf(repository: unknown): string {
  const project = typeof repository === 'string' ? /^github:([\w.-]+\/[\w.-]+)$/.exec(repository)?.[1] : undefined;
  if (project === undefined) throw new Error('package.json: "repository" must read "github:OWNER/NAME".');
  return project;
}

/** The text with every address of the project, and of its image, as `owner/name` has it. */
export function addressed(text: string, project: string): string {
  return text
    .replaceAll(/https:\/\/github\.com\/[\w.-]+\/cni-tuner\b/g, `https://github.com/${project}`)
    .replaceAll(/ghcr\.io\/[\w.-]+\/cni-tuner\b/g, `ghcr.io/${project.toLowerCase()}`);
}
