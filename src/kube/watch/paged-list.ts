import type { KubeClient } from '../client.ts';
import type { RawMeta, RawObject } from '../raw-objects.ts';

export type ListPage = {
  readonly metadata?: RawMeta & { readonly continue?: string };
  readonly items?: readonly RawObject[];
};

const TIMEOUT_MS = 60_000;

/** LIST page by page. A page is parsed in one piece, so pages are small (500 pods are 3.6 MB and 20 ms). */
export async function* pagesOf(
  client: KubeClient,
  of: { readonly path: string; readonly fieldSelector?: string },
  how: { readonly pageSize: number; readonly signal: AbortSignal },
): AsyncGenerator<ListPage, void, void> {
  let next: string | undefined;
  do {
    const query = { limit: how.pageSize, fieldSelector: of.fieldSelector, continue: next };
    const options = { query, timeoutMs: TIMEOUT_MS, signal: how.signal };
    const page = await client.request<ListPage>('GET', of.path, options);
    yield page;
    next = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
  } while (next !== undefined);
}
