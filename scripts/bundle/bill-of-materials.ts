import { createHash } from 'node:crypto';
import type { BundledPackage } from './packages-in.ts';

type Own = { readonly name: string; readonly version: string; readonly license: string };

/**
 * CycloneDX 1.6 as JSON: what is in the bundle, not what is installed to build it. No time and no random number, so
 * that equal bundles have equal bills.
 */
export function billOfMaterials(own: Own, packages: readonly BundledPackage[]): string {
  const ours = purlOf(own);
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf([ours, ...packages.map(purlOf)].join('\n'))}`,
    version: 1,
    metadata: { component: { ...component('application', own), 'bom-ref': ours } },
    components: packages.map((found) => component('library', found)),
    dependencies: [
      { ref: ours, dependsOn: packages.map(purlOf) },
      ...packages.map((found) => ({ ref: purlOf(found) })),
    ],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function component(type: 'application' | 'library', { name, version, license }: Own) {
  const purl = purlOf({ name, version });
  // An expression such as `(MIT OR Apache-2.0)` has a place of its own.
  const licences = /[ ()]/.test(license) ? [{ expression: license }] : [{ license: { id: license } }];
  return { type, 'bom-ref': purl, name, version, licenses: licences, purl };
}

function purlOf({ name, version }: Pick<Own, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** A UUID made of a text (version 8: its bits are the maker's own). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
