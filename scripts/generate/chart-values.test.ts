import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartReadme } from './chart-readme.ts';
import { chartSchemaText } from './chart-schema.ts';
import { CHART, readChartValues } from './chart-values.ts';

const VALUES = `# About the file.

# -- How many.
# @schema {minimum: 1}
replicas: 2
image:
  # -- Where it is,
  # in two lines.
  repository: here
  # -- Its tag.
  tag: ""
# -- Labels for it.
labels: {}
# -- With a default of its own.
limits:
  memory: 1Gi
`;

const fileOf = (name: string): string => readFileSync(join(CHART, name), 'utf8');

describe('the values of the chart', () => {
  it('are described in the README, groups by their members', () => {
    expect(chartReadme(readChartValues(VALUES)).split('|---|---|---|\n')[1]).toBe(
      [
        '| `replicas` | `2` | How many. |',
        '| `image.repository` | `"here"` | Where it is, in two lines. |',
        '| `image.tag` | `""` | Its tag. |',
        '| `labels` | `{}` | Labels for it. |',
        '| `limits` | `{"memory":"1Gi"}` | With a default of its own. |',
        '',
      ].join('\n'),
    );
  });

  it('are checked by a schema that knows no others', () => {
    const { properties, additionalProperties } = JSON.parse(chartSchemaText(readChartValues(VALUES)));
    expect(additionalProperties).toBe(false);
    expect(properties.replicas).toEqual({ description: 'How many.', type: 'integer', minimum: 1 });
    expect(properties.image.additionalProperties).toBe(false);
    expect(properties.image.properties.tag).toEqual({ description: 'Its tag.', type: 'string' });
    expect(properties.labels).toEqual({ description: 'Labels for it.', type: 'object' });
  });

  it('must each have a comment', () => {
    expect(() => readChartValues('# -- One.\none: 1\ntwo: 2\n')).toThrow(
      'The value "two" of values.yaml has no comment',
    );
  });
});

describe('the chart', () => {
  it('has the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(dirname(dirname(CHART)), 'package.json'), 'utf8'));
    expect(parse(fileOf('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('uses every value it offers, and offers every value it uses', () => {
    const templates = globSync('templates/**/*.*', { cwd: CHART }).map(fileOf).join('\n');
    const used = new Set([...templates.matchAll(/\.Values\.([a-zA-Z]+)/g)].map(([, name]) => name));
    expect(used).toEqual(new Set(readChartValues().map(({ name }) => name)));
  });
});
