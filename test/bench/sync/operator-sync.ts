/**
 * One sync of the operator in a process of its own: `node operator-sync.ts KUBECONFIG`. The same cluster and the same
 * memory of demand that src/controller/main.ts joins; prints SyncFigures as one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openCluster } from '../../../src/kube/cluster.ts';
import { SETTING_VARIABLES } from '../../../src/tuning/counting-settings.ts';
import { DemandHistory } from '../../../src/tuning/demand.ts';
import type { SyncFigures } from './figures.ts';

const REF = { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' };

/** VmHWM: the most this process ever had resident. */
function peakRssBytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

async function sync(kubeconfig: string): Promise<SyncFigures> {
  let requests = 0;
  const cluster = await openCluster({
    kubeconfig,
    userAgent: 'cni-tuner/bench',
    identity: 'bench',
    variables: SETTING_VARIABLES,
    log: (level, message, fields) => {
      if (level === 'warn' || level === 'error') console.error(message, fields);
    },
    onRequest: () => {
      requests += 1;
    },
  });
  const history = new DemandHistory({ seed: 1 });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const startedMs = performance.now();
  cluster.start({ onChange: () => {}, onDemand: (change) => history.record(change) });
  await cluster.whenSynced(AbortSignal.timeout(600_000));
  const syncMs = performance.now() - startedMs;
  const cpu = process.cpuUsage();
  const peak = peakRssBytes();
  loop.disable();
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed;
  const { nodes, podsByNode } = cluster.reader.snapshot(REF, undefined, Date.now());
  await cluster.close();
  return {
    syncMs,
    peakRssBytes: peak,
    heapBytes,
    cpuMs: (cpu.user + cpu.system) / 1000,
    requests,
    nodes: nodes.length,
    pods: [...podsByNode.values()].reduce((sum, pods) => sum + pods, 0),
    loopDelayP99Ms: loop.percentile(99) / 1e6,
    loopDelayMaxMs: loop.max / 1e6,
  };
}

process.stdout.write(`${JSON.stringify(await sync(process.argv[2] ?? ''))}\n`);
