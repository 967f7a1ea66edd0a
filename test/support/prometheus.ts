/** A real Prometheus on this machine that scrapes one target every second and evaluates rules as often. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../testbed/control-plane/free-port.ts';
import { eventually } from './control-plane.ts';

export type FiringAlert = { readonly labels: Readonly<Record<string, string>>; readonly state: string };

export type RunningPrometheus = {
  /** Alerts that fire now. */
  firing(): Promise<readonly FiringAlert[]>;
  /** Answers of an instant query; rejects with Prometheus' own words when the expression is wrong. */
  query(expression: string): Promise<readonly unknown[]>;
  /** Every metric that was ever scraped. */
  metricNames(): Promise<ReadonlySet<string>>;
  stop(): Promise<void>;
};

type Start = {
  readonly program: string;
  readonly rules: string;
  readonly targetPort: number;
  /** How to reach it where that is not plain HTTP: parts of a `scrape_config`. */
  readonly scrape?: object;
};

export async function startPrometheus({ program, rules, targetPort, scrape }: Start): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const port = await freePort();
  await writeFile(join(folder, 'rules.yaml'), rules);
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'cni-tuner', static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }], ...scrape }],
  };
  await writeFile(join(folder, 'prometheus.yaml'), stringify(config));
  const argv = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // The default looks back five minutes: a stopped target would be seen as up for as long.
    '--query.lookback-delta=10s',
  ];
  const child = spawn(program, argv, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    const { ok } = await fetch(`${url}/-/ready`);
    if (!ok) throw new Error('Prometheus is not ready');
  });
  const ask = async <Data>(path: string): Promise<Data> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: Data;
    };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  };
  return {
    firing: async () => {
      const { alerts } = await ask<{ readonly alerts: readonly FiringAlert[] }>('alerts');
      return alerts.filter(({ state }) => state === 'firing');
    },
    query: async (expression) => {
      const path = `query?query=${encodeURIComponent(expression)}`;
      return (await ask<{ readonly result: readonly unknown[] }>(path)).result;
    },
    metricNames: async () => new Set(await ask<readonly string[]>('label/__name__/values')),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
