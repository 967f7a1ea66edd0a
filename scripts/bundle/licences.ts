import type { BundledPackage } from './packages-in.ts';

/** One text with every package's licence; packages that share a text word for word share a section. */
export function licencesText(packages: readonly BundledPackage[]): string {
  const byText = Map.groupBy(packages, ({ license, texts }) => texts.join('\n').trim() || `Licence: ${license}`);
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${names.join('\n')}\n\n${text.replaceAll('\r\n', '\n')}\n`;
  });
  return `The program contains code of these packages, under their licences.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
