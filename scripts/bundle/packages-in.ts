import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package of which at least one file is in the bundle. */
export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package states it. */
  readonly license: string;
  readonly folder: string;
  /** Texts of its licence and notice files. */
  readonly texts: readonly string[];
};

const LICENCE_FILES = '{LICENSE,LICENCE,COPYING,NOTICE}*';

/** The packages the files belong to, by name and version. Throws when one of them does not state its licence. */
export function packagesIn(root: string, files: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(files.flatMap((file) => packageFolder(root, file) ?? []));
  const packages = [...folders].map((folder) => packageOf(folder));
  const key = ({ name, version }: BundledPackage): string => `${name}@${version}`;
  const unique = new Map(packages.map((found) => [key(found), found]));
  return [...unique.values()].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The folder below node_modules that holds the package.json of this file; undefined for our own files. */
function packageFolder(root: string, file: string): string | undefined {
  if (!file.includes('node_modules/')) return undefined;
  for (let folder = dirname(join(root, file)); folder.includes('node_modules/'); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    // Packages put a nameless package.json into sub-folders to say which module system is used there.
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version !== undefined) return folder;
  }
  throw new Error(`${file} belongs to no package.`);
}

function packageOf(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`The package ${name} ${version} does not state its licence.`);
  const paths = globSync(LICENCE_FILES, { cwd: folder }).toSorted();
  return { name, version, license, folder, texts: paths.map((path) => readFileSync(join(folder, path), 'utf8')) };
}
