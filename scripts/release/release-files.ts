/** What a release changes in files that people write: its number, and the changelog's section for it. Text in, text out. */

/** Input nobody can release: one sentence. */
export class CannotRelease extends Error {}

/** What stands under `## <version>`, or under `## Unreleased`; empty where there is no such section, or nothing in it. */
export function sectionOf(changelog: string, title: string): string {
  const [, ...sections] = changelog.split(/^## /m);
  const found = sections.find((section) => section.split('\n', 1)[0]?.split(' ')[0] === title);
  return found === undefined ? '' : found.slice(found.indexOf('\n')).trim();
}

/** What was unreleased is the release's; an empty section for what comes next. Throws CannotRelease. */
export function releasedChangelog(changelog: string, version: string, day: string): string {
  if (sectionOf(changelog, version) !== '')
    throw new CannotRelease(`CHANGELOG.md has a section for ${version} already.`);
  if (sectionOf(changelog, 'Unreleased') === '')
    throw new CannotRelease('CHANGELOG.md has nothing under "Unreleased".');
  return changelog.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} - ${day}`);
}

/** Throws CannotRelease unless `next` is a version and not below `current`. */
export function checkVersion(next: string, current: string): void {
  const [asked, present] = [next, current].map(numbersOf);
  if (asked === undefined || present === undefined)
    throw new CannotRelease(`"${next}" is no version; say one such as 1.2.3.`);
  const first = asked.findIndex((number, at) => number !== present[at]);
  if (first >= 0 && (asked[first] ?? 0) < (present[first] ?? 0))
    throw new CannotRelease(`${next} is below ${current}, which this is.`);
}

/** Plain releases only: a pre-release has a changelog of its own, which nobody would read. */
function numbersOf(version: string): readonly number[] | undefined {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(version);
  return match?.slice(1).map(Number);
}

/** package.json, or package-lock.json, whose own entry says the number once more. */
export function versionedManifest(text: string, version: string): string {
  const manifest = JSON.parse(text);
  manifest.version = version;
  if (manifest.packages?.[''] !== undefined) manifest.packages[''].version = version;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

export function versionedChart(text: string, version: string): string {
  return text.replaceAll(/^(version|appVersion): .*$/gm, (_, key: string) => `${key}: ${version}`);
}
