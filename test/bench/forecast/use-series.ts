/**
 * Addresses in use over time, every ten minutes. Of a demand log: what the model says its nodes hold with their pods,
 * settled, as aws-node ships. Of a trace, which has no nodes: its pods, one series for each application where it names
 * several clusters.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readDemandLog } from '../../../src/cli/demand-log.ts';
import type { DemandNode } from '../../../src/cli/demand-nodes.ts';
import { fromEnv, MANIFEST_ENV } from '../../../src/ipamd/warm-settings.ts';
import type { Point } from '../../../src/tuning/forecast/growth-slope.ts';
import { SteadyPools } from '../../../src/tuning/forecast/steady-pools.ts';
import type { LogFile } from '../advice/demand-folder.ts';
import { shapeOfNode } from '../advice/node-stretch.ts';

export type UseSeries = { readonly name: string; readonly points: readonly Point[] };

export const POINT_EVERY_MS = 600_000;
const FEWEST_PODS = 500;

/** At `at` `more` addresses are taken, or given back where it is negative. */
type Step = { readonly at: number; readonly more: number };

export async function seriesOfLog(file: LogFile): Promise<UseSeries> {
  const log = await readDemandLog(file.path);
  const { settings } = fromEnv({ ...MANIFEST_ENV, ENABLE_PREFIX_DELEGATION: String(file.prefix) });
  const pools = new SteadyPools();
  const steps = log.nodes.flatMap((node) => {
    const shape = shapeOfNode(node.instanceType, file.prefix);
    return shape === undefined ? [] : stepsOf(node, (pods) => pools.heldBy(shape, settings, pods));
  });
  return { name: file.name, points: sampled(steps, log.endMs) };
}

function stepsOf(node: DemandNode, heldWith: (pods: number) => number): readonly Step[] {
  let pods = node.startingPods.length;
  let held = heldWith(pods);
  const steps: Step[] = [{ at: node.addedAtMs, more: held }];
  for (let at = 0; at < node.events.length; at += 3) {
    pods += node.events[at + 1] === 1 ? 1 : -1;
    const now = heldWith(pods);
    if (now !== held) steps.push({ at: node.events[at] ?? 0, more: now - held });
    held = now;
  }
  return [...steps, { at: node.untilMs, more: -held }];
}

/** Empty where there is no such folder. */
export function seriesOfTraces(folder: string): readonly UseSeries[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'trace.csv.gz')))
    .flatMap((name) => seriesOfTrace(name, join(folder, name, 'trace.csv.gz')));
}

function seriesOfTrace(name: string, path: string): readonly UseSeries[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => line.split(','));
  const cell = (row: readonly string[], column: string): string => row[columns.indexOf(column)] ?? '';
  const apps = Map.groupBy(rows, (row) => (/^cluster\d+$/.test(cell(row, 'app')) ? cell(row, 'app') : ''));
  return [...apps].flatMap(([app, pods]) => {
    if (pods.length < FEWEST_PODS) return [];
    const steps = pods.flatMap((row) => {
      const end = cell(row, 't_delete_s');
      const begin = { at: 1_000 * Number(cell(row, 't_sched_s') || cell(row, 't_create_s')), more: 1 };
      return end === '' ? [begin] : [begin, { at: 1_000 * Number(end), more: -1 }];
    });
    const endMs = steps.reduce((end, { at }) => Math.max(end, at), 0);
    return [{ name: app === '' ? name : `${name} ${app}`, points: sampled(steps, endMs) }];
  });
}

function sampled(steps: readonly Step[], endMs: number): readonly Point[] {
  const sorted = steps.toSorted((a, b) => a.at - b.at);
  const points: Point[] = [];
  let value = 0;
  let next = 0;
  for (let at = POINT_EVERY_MS; at < endMs; at += POINT_EVERY_MS) {
    for (; (sorted[next]?.at ?? Infinity) <= at; next++) value += sorted[next]?.more ?? 0;
    points.push({ at, value });
  }
  return points;
}
