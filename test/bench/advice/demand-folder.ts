/** A folder of demand logs, and the stretches of one of them ready to be replayed. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DemandLog } from '../../../src/cli/demand-nodes.ts';
import { shapeOfNode, startsOf, stretchOf } from './node-stretch.ts';
import type { StretchSet } from './replay-job.ts';

export type LogFile = {
  readonly name: string;
  readonly path: string;
  /** The last part of the name: `pd` prefixes, anything else secondary addresses. */
  readonly prefix: boolean;
};

/** The smallest first. */
export function logFilesIn(folder: string, only: readonly string[]): readonly LogFile[] {
  const files = readdirSync(folder).filter((file) => /\.csv(\.gz)?$/.test(file) && file !== 'index.csv');
  return files
    .map((file) => {
      const name = basename(file).replace(/\.csv(\.gz)?$/, '');
      return { name, path: join(folder, file), prefix: name.endsWith('-pd') };
    })
    .filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))
    .toSorted((a, b) => statSync(a.path).size - statSync(b.path).size);
}

export type Span = {
  readonly node: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly weight: number;
  readonly whole?: boolean;
};

/** Nodes of unknown instance types are left out. */
export function stretchSet(name: string, log: DemandLog, spans: readonly Span[], prefix: boolean): StretchSet {
  const nodes = new Map(log.nodes.map((node) => [node.name, node]));
  const stretches = spans.flatMap((span) => {
    const node = nodes.get(span.node);
    const shape = node === undefined ? undefined : shapeOfNode(node.instanceType, prefix);
    if (node === undefined || shape === undefined) return [];
    const life = stretchOf(node, span);
    return [{ shape, life, weight: span.weight, starts: startsOf(life) }];
  });
  return { name, stretches };
}
