/** Stories from a snapshot to a report. What each reports is beside it in report.yaml, read and agreed to by a person. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { EVENTS } from '../../src/api/events.ts';
import type { FakeCluster } from '../support/fake-cluster.ts';
import type { Story } from './a-story.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const folders = readdirSync(HERE).filter((name) => existsSync(join(HERE, name, 'story.ts')));

function reportOf({ tells }: Story, cluster: FakeCluster): string {
  const { env, annotations, generation } = cluster.daemonSet.view;
  const entries = env.filter(({ name }) => /^(WARM|MINIMUM)_/.test(name));
  const tunings = [...cluster.tunings.values()].map(({ name, hasFinalizer, status }) => ({
    name,
    hasFinalizer,
    status,
  }));
  const events = cluster.events.map(
    ({ regarding, type, reason, note }) => `${type} ${regarding.kind} ${reason}: ${note}`,
  );
  return stringify(
    {
      story: tells.join(' '),
      daemonSet: {
        generation,
        env: entries.map(
          ({ name, value, valueOwners }) =>
            `${name}=${value ?? ''} owned by ${valueOwners.map(({ manager, operation }) => `${manager} (${operation})`).join(', ') || 'nobody'}`,
        ),
        annotations,
      },
      tunings,
      events,
    },
    { lineWidth: 120 },
  );
}

describe('stories', () => {
  it.each(folders)('%s ends as its report says', async (name) => {
    const { story } = (await import(join(HERE, name, 'story.ts'))) as { readonly story: Story };
    const cluster = await story.play();
    const tableRows = EVENTS.flatMap(({ type, on, reason }) => on.map((kind) => `${type} ${kind} ${reason}`));
    const written = cluster.events.map(({ regarding, type, reason }) => `${type} ${regarding.kind} ${reason}`);
    expect(written.filter((row) => !tableRows.includes(row))).toEqual([]);
    await expect(reportOf(story, cluster)).toMatchFileSnapshot(join(HERE, name, 'report.yaml'));
  });
});
