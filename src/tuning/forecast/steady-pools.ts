/** Settled pools, replayed once for each shape, settings and number of pods. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import { shapeKeyOf } from '../demand/node-shape.ts';
import type { SteadyPool } from './steady-pool.ts';
import { steadyPool } from './steady-pool.ts';

/** A pass asks for each shape under two settings. Past this many the oldest goes. */
const MOST_POOLS = 1_024;

export class SteadyPools {
  readonly #known = new Map<string, SteadyPool>();

  of(shape: NodeShape, settings: CniSettings, pods: number): SteadyPool {
    const key = `${shapeKeyOf(shape)} ${pods} ${JSON.stringify(settings)}`;
    const pool = this.#known.get(key) ?? steadyPool(shape, settings, pods);
    this.#known.delete(key);
    this.#known.set(key, pool);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_POOLS && oldest !== undefined) this.#known.delete(oldest);
    return pool;
  }

  heldBy(shape: NodeShape, settings: CniSettings, pods: number): number {
    return this.of(shape, settings, pods).heldAddresses;
  }
}
