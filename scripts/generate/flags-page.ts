/** docs/reference/flags.md: every flag of `cni-tuner run`, from the table that parses them. */
import { flagTable } from '../../src/controller/options.ts';

export function flagsPage(): string {
  const rows = flagTable().map(({ name, variable, fallback, shape, about }) => {
    const spelling = shape === '' ? `--${name}, --no-${name}` : `--${name} ${shape}`;
    return `| \`${spelling}\` | \`${variable}\` | ${fallback === '' ? 'empty' : `\`${fallback}\``} | ${about} |`;
  });
  return [
    '# Flags of `cni-tuner run`\n',
    'Generated from `src/controller/options/flag-table.ts` by `npm run generate`; never edited.\n',
    'A flag wins over its environment variable, and that over the default. Durations are written as in Go (`90s`, `1h30m`). Wrong input ends the process with one sentence and exit code 2.\n',
    'The AWS SDK reads its own variables besides: credentials (IRSA, EKS Pod Identity), `AWS_ENDPOINT_URL`, `AWS_EC2_METADATA_DISABLED`.\n',
    `| flag | environment | default | what it does |\n|---|---|---|---|\n${rows.join('\n')}\n`,
  ].join('\n');
}
