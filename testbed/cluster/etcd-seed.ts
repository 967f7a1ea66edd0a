/**
 * Puts objects straight into etcd, thousands a second, where creating them through the API server takes minutes. The
 * API server's storage reads JSON as well as protobuf. Admission, defaulting and validation are skipped: objects must
 * be as the API server would have stored them.
 */

/** `/registry/pods/<namespace>/<name>`, `/registry/minions/<name>` for nodes. */
export type SeedEntry = { readonly key: string; readonly value: unknown };

export type SeedOptions = {
  /** Transactions under way at a time. */
  readonly atATime?: number;
};

/** etcd takes 128 operations and 1.5 MB in one transaction; a large pod has more than 10 KB. */
const OPERATIONS = 64;
const BYTES = 800_000;

/** Writes every entry; an entry with a key that exists replaces it. Resolves to the number written. */
export async function seedEtcd(
  etcdUrl: string,
  entries: Iterable<SeedEntry>,
  { atATime = 6 }: SeedOptions = {},
): Promise<number> {
  const batches = inBatches(entries);
  let written = 0;
  const worker = async (): Promise<void> => {
    for (const batch of batches) {
      await putAll(etcdUrl, batch);
      written += batch.length;
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return written;
}

type Put = { readonly requestPut: { readonly key: string; readonly value: string } };

function* inBatches(entries: Iterable<SeedEntry>): Generator<readonly Put[]> {
  let batch: Put[] = [];
  let bytes = 0;
  for (const { key, value } of entries) {
    const text = JSON.stringify(value);
    if (batch.length === OPERATIONS || (batch.length > 0 && bytes + text.length > BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ requestPut: { key: base64(key), value: base64(text) } });
    bytes += text.length;
  }
  if (batch.length > 0) yield batch;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

async function putAll(etcdUrl: string, success: readonly Put[]): Promise<void> {
  const response = await fetch(`${etcdUrl}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`etcd refused ${success.length} objects: ${text.slice(0, 300)}`);
}
