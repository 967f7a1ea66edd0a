/** A certificate in a folder, as a mounted Secret of the type kubernetes.io/tls: read anew while it may be renewed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { errorFields, type Log } from '../log.ts';
import { CannotListen } from '../server.ts';
import type { Timer } from '../timer.ts';
import type { Certificate } from './certificate.ts';

const LOOK_MS = 60_000;

/** Rejects with CannotListen when there is none that can be used. */
export async function readCertificate(folder: string): Promise<Certificate> {
  try {
    const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')));
    const certificate = { cert: cert ?? '', key: key ?? '' };
    // Throws where the two are no PEM or do not belong together, which they may not while they are being replaced.
    createSecureContext(certificate);
    return certificate;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new CannotListen(`The certificate in ${folder} (tls.crt, tls.key) cannot be used: ${said}.`, {
      cause: error,
    });
  }
}

export type Following = {
  readonly folder: string;
  readonly timer: Timer;
  readonly log: Log;
  readonly onRenewed: (certificate: Certificate) => void;
};

/** Looks every minute; the result ends it. What cannot be used is left aside, and the one in use goes on. */
export function followCertificate({ folder, timer, log, onRenewed }: Following, first: Certificate): () => void {
  let current = first;
  let ended = false;
  let callOff = (): void => {};
  const look = async (): Promise<void> => {
    try {
      const found = await readCertificate(folder);
      if (ended) return;
      if (found.cert !== current.cert || found.key !== current.key) {
        current = found;
        onRenewed(found);
        log.info('The certificate of /metrics was renewed');
      }
    } catch (error) {
      log.warn('The renewed certificate of /metrics cannot be used', errorFields(error));
    }
    if (!ended) callOff = timer.after(LOOK_MS, () => void look());
  };
  callOff = timer.after(LOOK_MS, () => void look());
  return () => {
    ended = true;
    callOff();
  };
}
