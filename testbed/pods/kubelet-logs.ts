/**
 * The part of a kubelet that `kubectl logs` needs: the API server asks the node for a container's log by HTTPS. On the
 * loopback network only, with the API server's own certificate, which it does not check.
 */
import { watch } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export type LogPlace = { readonly namespace: string; readonly pod: string; readonly container: string };

export type KubeletLogs = { readonly port: number; readonly stop: () => Promise<void> };

/** Where the API server looks for the node; the first of the types that it tries. */
export const KUBELET_ADDRESS = { type: 'Hostname', address: '127.0.0.1' } as const;

/** Undefined where the key of the certificate is not at hand: a cluster that is not of this machine. */
export async function startKubeletLogs(
  caFile: string,
  fileOf: (place: LogPlace) => string | undefined,
): Promise<KubeletLogs | undefined> {
  const key = await readFile(caFile.replace(/\.crt$/, '.key')).catch(() => undefined);
  if (key === undefined || !caFile.endsWith('.crt')) return undefined;
  const server = createServer({ key, cert: await readFile(caFile) }, (asked, answer) => {
    answered(asked, answer, fileOf).catch(() => answer.destroy());
  });
  server.listen(0, KUBELET_ADDRESS.address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answered(
  { url = '' }: IncomingMessage,
  answer: ServerResponse,
  fileOf: (place: LogPlace) => string | undefined,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'https://kubelet');
  const [, what, namespace = '', pod = '', container = ''] = pathname.split('/');
  const file = what === 'containerLogs' ? fileOf({ namespace, pod, container }) : undefined;
  if (file === undefined) return refuse(answer, 404, 'The testbed runs no such container.');
  const unknown = [...searchParams.keys()].filter((name) => !['follow', 'tailLines'].includes(name));
  if (unknown.length > 0) return refuse(answer, 400, `The testbed's logs know no ${unknown.join(', ')}.`);
  const tailLines = searchParams.get('tailLines');
  answer.writeHead(200, { 'content-type': 'text/plain' });
  const whole = await readFile(file);
  answer.write(whole.subarray(tailLines === null ? 0 : startOfTail(whole, Number(tailLines))));
  if (searchParams.get('follow') === 'true') await follow(file, whole.length, answer);
  answer.end();
}

function refuse(answer: ServerResponse, code: number, sentence: string): void {
  answer.writeHead(code, { 'content-type': 'text/plain' }).end(`${sentence}\n`);
}

/** Where the last so many lines begin. */
function startOfTail(bytes: Uint8Array, lines: number): number {
  let at = bytes.length;
  for (let left = lines; left >= 0 && at >= 0; left -= 1) at = bytes.lastIndexOf(10, at - 1);
  return at < 0 ? 0 : at + 1;
}

/** Sends what is added to the file until the reader goes. */
async function follow(file: string, from: number, answer: ServerResponse): Promise<void> {
  let sent = from;
  let sending = Promise.resolve();
  const log = await open(file);
  const sendRest = async (): Promise<void> => {
    for (;;) {
      const { bytesRead, buffer } = await log.read({ position: sent });
      if (bytesRead === 0) return;
      sent += bytesRead;
      answer.write(Buffer.from(buffer.subarray(0, bytesRead)));
    }
  };
  const more = (): void => void (sending = sending.then(sendRest).catch(() => {}));
  const watching = watch(file, more);
  // What came before the watch.
  more();
  await once(answer, 'close');
  watching.close();
  await sending;
  await log.close();
}
