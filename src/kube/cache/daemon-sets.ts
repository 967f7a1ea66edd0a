/** The DaemonSets that CniTunings name: one watch of one object each, opened and closed as they come and go. */
import type { KeptDaemonSet } from '../daemon-set-view.ts';
import { keptDaemonSetOf } from '../daemon-set-view.ts';
import type { KubeClient, KubeLog } from '../client.ts';
import { Watch } from '../watch.ts';

export type DaemonSetName = { readonly namespace: string; readonly name: string };

export type DaemonSetsOptions = {
  readonly client: KubeClient;
  readonly log: KubeLog;
  /** `namespace/name` of one that changed. */
  readonly onChange: (daemonSet: string) => void;
  readonly onState: () => void;
};

type Followed = { readonly watch: Watch<KeptDaemonSet>; live: KeptDaemonSet | undefined };

export function keyOf({ namespace, name }: DaemonSetName): string {
  return `${namespace}/${name}`;
}

export class DaemonSets {
  readonly #options: DaemonSetsOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: DaemonSetsOptions) {
    this.#options = options;
  }

  /** From now on exactly these. Returns true when one of them is new. */
  follow(names: readonly DaemonSetName[]): boolean {
    const wanted = new Map(names.map((name) => [keyOf(name), name]));
    for (const [key, { watch }] of this.#followed) {
      if (wanted.has(key)) continue;
      this.#followed.delete(key);
      void watch.stop();
    }
    const fresh = [...wanted].filter(([key]) => !this.#followed.has(key));
    for (const [key, name] of fresh) this.#open(key, name);
    return fresh.length > 0;
  }

  isFollowed(key: string): boolean {
    return this.#followed.has(key);
  }

  get(name: DaemonSetName): KeptDaemonSet | undefined {
    return this.#followed.get(keyOf(name))?.live;
  }

  watchOf(name: DaemonSetName): Watch<KeptDaemonSet> | undefined {
    return this.#followed.get(keyOf(name))?.watch;
  }

  watches(): readonly Watch<KeptDaemonSet>[] {
    return [...this.#followed.values()].map(({ watch }) => watch);
  }

  async stop(): Promise<void> {
    await Promise.all(this.watches().map(async (watch) => await watch.stop()));
  }

  #open(key: string, { namespace, name }: DaemonSetName): void {
    const { client, log, onState, onChange } = this.#options;
    const keep = (live: KeptDaemonSet | undefined): void => {
      followed.live = live;
      onChange(key);
    };
    const watch = new Watch<KeptDaemonSet>({
      client,
      log,
      onState,
      source: {
        name: `daemonset ${key}`,
        path: `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
        fieldSelector: `metadata.name=${name}`,
        project: (raw) => keptDaemonSetOf(raw),
      },
      target: {
        set: (_uid, live) => keep(live),
        remove: (uid) => {
          if (followed.live?.uid === uid) keep(undefined);
        },
        replace: (views) => {
          keep(views.values().next().value);
          return [];
        },
        resumed: () => {},
      },
    });
    const followed: Followed = { watch, live: undefined };
    this.#followed.set(key, followed);
    watch.start();
  }
}
