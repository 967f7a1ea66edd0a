/** Plays a container's HTTP probes with the rhythm the pod asks for. */
import { type Container, type HttpProbe, portOf } from './pod-spec.ts';

export type Verdict = {
  readonly onReady: (ready: boolean) => void;
  /** The liveness probe failed as often as it may. */
  readonly onDead: () => void;
};

/** Starts them; the result ends them. */
export function startProbes(container: Container, address: string, verdict: Verdict): () => void {
  const { readinessProbe, livenessProbe } = container;
  const ends: (() => void)[] = [];
  if (readinessProbe === undefined) verdict.onReady(true);
  else ends.push(probing({ container, probe: readinessProbe, address }, (passes) => verdict.onReady(passes)));
  if (livenessProbe !== undefined) {
    const onVerdict = (passes: boolean): void => (passes ? undefined : verdict.onDead());
    ends.push(probing({ container, probe: livenessProbe, address }, onVerdict));
  }
  return () => ends.forEach((end) => end());
}

type Probing = { readonly container: Container; readonly probe: HttpProbe; readonly address: string };

/** Tells each success, and a failure once it is one too many. */
function probing({ container, probe, address }: Probing, onVerdict: (passes: boolean) => void): () => void {
  const { httpGet, initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1, failureThreshold = 3 } = probe;
  if (httpGet === undefined) throw new Error('The pod runner plays HTTP probes only.');
  const url = `http://${address}:${portOf(container, httpGet.port)}${httpGet.path ?? '/'}`;
  let failures = 0;
  let timer = setTimeout(() => void ask(), initialDelaySeconds * 1_000);
  let ended = false;
  const ask = async (): Promise<void> => {
    const passes = await fetch(url, { signal: AbortSignal.timeout(timeoutSeconds * 1_000), redirect: 'manual' })
      .then(async (response) => {
        await response.body?.cancel();
        return response.status >= 200 && response.status < 400;
      })
      .catch(() => false);
    if (ended) return;
    failures = passes ? 0 : failures + 1;
    if (passes || failures >= failureThreshold) onVerdict(passes);
    timer = setTimeout(() => void ask(), periodSeconds * 1_000);
  };
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
