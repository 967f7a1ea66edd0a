import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../gate/step.ts';
import {
  CannotRelease,
  checkVersion,
  releasedChangelog,
  sectionOf,
  versionedChart,
  versionedManifest,
} from './release-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const CHANGELOG = '# Changelog\n\n## Unreleased\n\n### Added\n\n- A.\n\n## 0.1.0 - 2026-01-01\n\n- First.\n';

describe('a release', () => {
  it('takes over what was unreleased, and leaves an empty section for what comes next', () => {
    const released = releasedChangelog(CHANGELOG, '0.2.0', '2026-11-27');
    expect(sectionOf(released, '0.2.0')).toBe('### Added\n\n- A.');
    expect(sectionOf(released, 'Unreleased')).toBe('');
    expect(sectionOf(released, '0.1.0')).toBe('- First.');
  });

  it('is refused twice, and with nothing to say', () => {
    const released = releasedChangelog(CHANGELOG, '0.2.0', '2026-11-27');
    expect(() => releasedChangelog(CHANGELOG, '0.1.0', '2026-11-27')).toThrow('has a section for 0.1.0 already');
    expect(() => releasedChangelog(released, '0.3.0', '2026-11-27')).toThrow('nothing under "Unreleased"');
  });

  it.each(['0.1.0', '0.1.1', '0.2.0', '1.0.0', '0.10.0'])('of 0.1.0 may be %s', (version) => {
    expect(() => checkVersion(version, '0.1.0')).not.toThrow();
  });

  it.each(['0.0.9', 'v0.2.0', '0.2', '0.2.0-rc.1', '01.0.0', ''])('of 0.1.0 may not be "%s"', (version) => {
    expect(() => checkVersion(version, '0.1.0')).toThrow(CannotRelease);
  });

  it('is compared by numbers, the first that differs counts', () => {
    expect(() => checkVersion('1.0.0', '0.9.9')).not.toThrow();
    expect(() => checkVersion('1.9.9', '2.0.0')).toThrow('1.9.9 is below 2.0.0, which this is.');
  });

  it('changes the number and nothing else in the files that have it', () => {
    for (const path of ['package.json', 'package-lock.json']) {
      const text = read(path);
      const { version } = JSON.parse(text);
      expect(versionedManifest(text, version)).toBe(text);
      expect(JSON.parse(versionedManifest(text, '9.8.7')).version).toBe('9.8.7');
    }
    expect(JSON.parse(versionedManifest(read('package-lock.json'), '9.8.7')).packages[''].version).toBe('9.8.7');
    const chart = read('deploy/chart/Chart.yaml');
    expect(parse(versionedChart(chart, '9.8.7'))).toEqual({ ...parse(chart), version: '9.8.7', appVersion: '9.8.7' });
  });
});
