/**
 * What was measured, log by log. In a folder, when one is named: then a long run can be done in pieces, a log that is
 * there is not measured again, and tables hold every log of the folder.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Kept<T> = { readonly log: string; readonly cpuSeconds: number; readonly result: T };

export class KeptResults<T> {
  readonly #folder: string | undefined;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(folder: string) {
    if (folder === '') return;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
      const kept = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Kept<T>;
      this.#kept.set(kept.log, kept);
    }
  }

  has(log: string): boolean {
    return this.#kept.has(log) || (this.#folder !== undefined && existsSync(this.#path(log)));
  }

  keep(kept: Kept<T>): void {
    this.#kept.set(kept.log, kept);
    if (this.#folder !== undefined) writeFileSync(this.#path(kept.log), JSON.stringify(kept));
  }

  /** By log name. */
  all(): readonly Kept<T>[] {
    return [...this.#kept.values()].toSorted((a, b) => (a.log < b.log ? -1 : 1));
  }

  cpuSeconds(): number {
    return this.all().reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  }

  #path(log: string): string {
    return join(this.#folder ?? '', `${log}.json`);
  }
}
