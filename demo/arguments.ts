/** What the demo can be told. */
import { parseArgs } from 'node:util';
import { FEWEST_NODES, MOST_NODES } from './layout.ts';

export type DemoArguments = {
  readonly nodes: number;
  readonly keep: boolean;
  readonly seed: number;
  /** Where to write what the run came to. */
  readonly figures: string | undefined;
};

export type ParsedArguments =
  | { readonly kind: 'Run'; readonly demo: DemoArguments }
  | { readonly kind: 'Help'; readonly text: string }
  | { readonly kind: 'Refused'; readonly sentence: string };

const DEFAULT_NODES = 48;

const HELP = `npm run demo [-- OPTIONS]

Starts a stand-in EKS cluster on this machine, runs the operator in it and shows how it gives addresses back to the
subnets. Takes about four minutes; the first run sets up a control plane before that (five to ten minutes, once).

  --nodes N   nodes of the cluster, ${FEWEST_NODES} to ${MOST_NODES} (default ${DEFAULT_NODES})
  --keep      leave the cluster running afterwards and print how to use it; Ctrl-C stops it
  --seed N    another course of pods (default 1)
  --figures F write what it came to into the file F, of which the README and its picture are made
  --help      this text

Exit codes: 0 the loop closed; 1 it did not; 2 it could not be started; 130 interrupted.
`;

export function parseArguments(argv: readonly string[]): ParsedArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        nodes: { type: 'string', default: String(DEFAULT_NODES) },
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        figures: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'Help', text: HELP };
    const nodes = wholeNumber(values.nodes);
    if (nodes === undefined || nodes < FEWEST_NODES || nodes > MOST_NODES) {
      return refused(`--nodes is "${values.nodes}"; it must be a whole number from ${FEWEST_NODES} to ${MOST_NODES}.`);
    }
    const seed = wholeNumber(values.seed);
    if (seed === undefined) return refused(`--seed is "${values.seed}"; it must be a whole number.`);
    return { kind: 'Run', demo: { nodes, keep: values.keep, seed, figures: values.figures } };
  } catch (error) {
    const first = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0] ?? '';
    return refused(`${first}; \`npm run demo -- --help\` lists the options.`);
  }
}

function wholeNumber(text: string): number | undefined {
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}

function refused(sentence: string): ParsedArguments {
  return { kind: 'Refused', sentence };
}
