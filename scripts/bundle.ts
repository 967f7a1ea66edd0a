/**
 * `npm run bundle [-- DIR]`: the program as the image carries it, in `dist/` or DIR: JavaScript that runs in an empty
 * folder without node_modules, a bill of materials (CycloneDX) and the licences of what is in it.
 */
import { resolve } from 'node:path';
import { bundle } from './bundle/bundle.ts';

const [folder = 'dist'] = process.argv.slice(2);
try {
  const { files, packages } = await bundle(resolve(folder));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(
    `${folder}: ${files.length} files, ${Math.round(bytes / 1024).toLocaleString('en')} KiB, of ${packages.length} packages`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
