/** esbuild's part of `npm run bundle`: what goes in, and how the parts find each other once they are bundled. */
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';
import { billOfMaterials } from './bill-of-materials.ts';
import { licencesText } from './licences.ts';
import { type BundledPackage, packagesIn } from './packages-in.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const BUILT_IN: ReadonlySet<string> = new Set(builtinModules);
/** Asked for in a try block by `debug` and `ws`, and done without when absent. */
const DISPENSABLE: ReadonlySet<string> = new Set(['supports-color', 'bufferutil', 'utf-8-validate']);
const PROGRAM = 'src/cli/main.ts';
/** Of every file, whenever it is made, so that the image's layer is the same too. The earliest that any archive can tell. */
const WRITTEN = new Date('1980-01-01T00:00:00Z');
/** A file that is started as a worker thread: an entry of its own. */
const THREAD = /new URL\('(?<path>\.[^']+)\.ts', import\.meta\.url\)/g;
/** CommonJS packages inside of ES modules ask for Node's own modules by `require`. */
const REQUIRE =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

export type BundledFile = { readonly path: string; readonly bytes: number };

export type Bundle = { readonly files: readonly BundledFile[]; readonly packages: readonly BundledPackage[] };

/** Writes the bundle into `folder`, which is emptied first. The same sources give the same bytes, wherever. */
export async function bundle(folder: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: entryPoints(),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The CommonJS builds of the AWS SDK lose their names when they are loaded by `import()`.
    mainFields: ['module', 'main'],
    // Names stay: a stack trace can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // The names of parts come from their paths, which must not tell where node_modules really is.
    preserveSymlinks: true,
    charset: 'utf8',
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    banner: { js: REQUIRE },
    plugins: [threadsByName, versionOnly],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const packages = packagesIn(ROOT, usedFiles(metafile));
  const texts = [
    ...outputFiles.map(({ path, text }) => ({ path: relative(join(ROOT, 'dist'), path), text })),
    { path: 'sbom.cdx.json', text: billOfMaterials(ownPackage(), packages) },
    { path: 'THIRD-PARTY-LICENSES.txt', text: licencesText(packages) },
    { path: 'LICENSE', text: await readFile(join(ROOT, 'LICENSE'), 'utf8') },
    // Everything here is an ES module, whatever folder it is put into.
    { path: 'package.json', text: `${JSON.stringify({ ...ownPackage(), type: 'module' }, undefined, 2)}\n` },
  ];
  refuseLooseReferences(metafile);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { path, text } of texts) {
    await writeFile(join(folder, path), text);
    await utimes(join(folder, path), WRITTEN, WRITTEN);
  }
  await utimes(folder, WRITTEN, WRITTEN);
  return { files: texts.map(({ path, text }) => ({ path, bytes: Buffer.byteLength(text) })), packages };
}

function ownPackage(): { readonly name: string; readonly version: string; readonly license: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return { name, version, license };
}

function entryPoints(): Readonly<Record<string, string>> {
  const threads = globSync('src/**/*.ts', { cwd: ROOT }).flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(THREAD)].map(({ groups }) =>
      relative(ROOT, join(ROOT, dirname(path), `${groups?.['path']}.ts`)),
    ),
  );
  return Object.fromEntries([['cni-tuner', PROGRAM], ...threads.map((path) => [basename(path, '.ts'), path])]);
}

/** All bundled files lie side by side: a thread's file is found beside whoever starts it. */
const threadsByName: Plugin = {
  name: 'threads-by-name',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const byName = text.replaceAll(
        THREAD,
        (_, file: string) => `new URL('./${basename(file)}.mjs', import.meta.url)`,
      );
      if (/import\.meta\.(?!url\))|import\.meta\.url(?!\))/.test(byName)) {
        throw new Error(`${relative(ROOT, path)} finds a file by import.meta, which is another place in the bundle.`);
      }
      return { contents: byName, loader: 'ts' };
    });
  },
};

/** Of package.json the program needs its version; what developers install must not change the bundle. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]package\.json$/ }, async ({ path }) => {
      if (dirname(path) !== ROOT) return undefined;
      return { contents: JSON.stringify(ownPackage()), loader: 'json' };
    });
  },
};

/** Files of which something is left in the bundle. */
function usedFiles({ outputs }: Metafile): readonly string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  return [...new Set(used)];
}

/** Every import that is left must be one of Node's own modules or of the bundle's files. */
function refuseLooseReferences({ outputs }: Metafile): void {
  const loose = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path, external }) => external === true && !path.startsWith('node:') && !BUILT_IN.has(path))
    .filter(({ path }) => !DISPENSABLE.has(path));
  if (loose.length === 0) return;
  const names = [...new Set(loose.map(({ path }) => path))].join(', ');
  throw new Error(`The bundle would need ${names} from a node_modules folder.`);
}
