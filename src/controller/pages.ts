/** What the process serves: its metrics, to everybody or to those who may read them, and its health. */
import { hostname } from 'node:os';
import type { Cluster } from '../kube/cluster.ts';
import type { Controller } from './controller.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Options } from './options.ts';
import { type Listening, type Page, plainPage, serve } from './server.ts';
import { followCertificate, readCertificate } from './server/certificate-files.ts';
import { selfSigned } from './server/certificate.ts';
import { TokenGuard } from './server/token-guard.ts';
import { processTimer } from './timer.ts';

export type PagesParts = {
  readonly options: Options;
  readonly metrics: Metrics;
  readonly cluster: Pick<Cluster, 'health' | 'reviewer'>;
  readonly controller: Pick<Controller, 'stuck'>;
  readonly log: Log;
};

export type ServedPages = {
  /** Where they are, also where the system chose the port. */
  readonly ports: { readonly metricsPort: number | undefined; readonly healthPort: number | undefined };
  close(): Promise<void>;
};

/** Rejects with CannotListen. */
export async function servePages(parts: PagesParts): Promise<ServedPages> {
  const { options, cluster, controller } = parts;
  const metrics = await serveMetrics(parts);
  const health = await serve(options.healthAddress, {
    '/healthz': () => (controller.stuck ? plainPage(500, 'a pass does not end\n') : plainPage(200, 'ok\n')),
    '/readyz': () => readyPage(cluster),
  });
  return {
    ports: { metricsPort: metrics.port, healthPort: health.port },
    close: async () => void (await Promise.all([metrics.close(), health.close()])),
  };
}

async function serveMetrics({ options, metrics, cluster, log }: PagesParts): Promise<Listening> {
  const page = async (): Promise<Page> => {
    const { contentType, text } = await metrics.scrape();
    return { status: 200, contentType, text };
  };
  const pages = { '/metrics': page };
  const { enabled, certificateFolder: folder } = options.metricsProtection;
  if (!enabled) return await serve(options.metricsAddress, pages);
  const certificate = folder === '' ? selfSigned(hostname(), Date.now()) : await readCertificate(folder);
  const guard = new TokenGuard({ reviewer: cluster.reviewer, timer: processTimer, log });
  const refusal = guard.refusal.bind(guard);
  const listening = await serve(options.metricsAddress, pages, { certificate, refusal });
  if (folder === '') return listening;
  const following = { folder, timer: processTimer, log, onRenewed: listening.renew };
  const end = followCertificate(following, certificate);
  return {
    ...listening,
    close: async () => {
      end();
      await listening.close();
    },
  };
}

/** Ready once every watch has delivered its first state; a watch that breaks later is repaired, not restarted. */
function readyPage(cluster: PagesParts['cluster']): Page {
  const lines = cluster.health().map(({ name, synced, trouble }) => {
    const mark = synced ? '[+]' : '[-]';
    return `${mark}${name}${trouble === undefined ? '' : `: ${trouble}`}\n`;
  });
  const ready = cluster.health().every(({ synced }) => synced);
  return plainPage(ready ? 200 : 503, `${lines.join('')}${ready ? 'ok' : 'not ready'}\n`);
}
