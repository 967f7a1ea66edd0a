/**
 * Lets a page be read only by whoever shows a bearer token whose owner may read that path, as the API server says. What
 * it says is remembered for a while under the token's hash, so that a scrape does not cost two requests each time.
 */
import { createHash } from 'node:crypto';
import type { Reviewer } from '../../kube/reviews.ts';
import type { Log } from '../log.ts';
import type { Asking, Page } from '../server.ts';
import { plainPage } from '../server.ts';
import type { Timer } from '../timer.ts';

type Verdict = 'Allowed' | 'Denied' | 'Unknown';

/** How long a verdict holds: a right that was taken away is gone, and one that was given is there, after that. */
const HOLDS_MS: Readonly<Record<Verdict, number>> = { Allowed: 60_000, Denied: 30_000, Unknown: 10_000 };
const MOST_VERDICTS = 1_000;
/** Made-up tokens must not take all of the operator's connections. */
const MOST_QUESTIONS = 4;

const REFUSALS: Readonly<Record<Exclude<Verdict, 'Allowed'>, Page>> = {
  Unknown: plainPage(401, 'the API server does not know this token\n'),
  Denied: plainPage(403, 'the owner of this token may not read this\n'),
};

export type TokenGuardOptions = {
  readonly reviewer: Reviewer;
  readonly timer: Timer;
  readonly log: Log;
};

export class TokenGuard {
  readonly #options: TokenGuardOptions;
  readonly #verdicts = new Map<string, { readonly verdict: Verdict; readonly untilMs: number }>();
  readonly #asked = new Map<string, Promise<Verdict>>();
  #trouble = '';

  constructor(options: TokenGuardOptions) {
    this.#options = options;
  }

  /** The page that refuses; undefined: go on. Never rejects. */
  async refusal({ authorization, method, path }: Asking): Promise<Page | undefined> {
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return plainPage(401, 'show a bearer token\n');
    const verb = method.toLowerCase();
    const key = createHash('sha256').update(`${verb} ${path} ${token}`).digest('base64');
    const known = this.#verdicts.get(key);
    if (known !== undefined && known.untilMs > this.#options.timer.nowMs()) return refusalOf(known.verdict);
    if (!this.#asked.has(key) && this.#asked.size >= MOST_QUESTIONS) return plainPage(503, 'too many ask at once\n');
    try {
      return refusalOf(await this.#ask(key, token, { verb, path }));
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
      return plainPage(503, 'the API server could not be asked whose token this is\n');
    }
  }

  /** Who asks the same at the same time gets the same answer. */
  async #ask(key: string, token: string, wish: { readonly verb: string; readonly path: string }): Promise<Verdict> {
    const under = this.#asked.get(key);
    if (under !== undefined) return await under;
    const asking = this.#review(token, wish);
    this.#asked.set(key, asking);
    try {
      const verdict = await asking;
      this.#say('');
      this.#remember(key, verdict);
      return verdict;
    } finally {
      this.#asked.delete(key);
    }
  }

  async #review(token: string, { verb, path }: { readonly verb: string; readonly path: string }): Promise<Verdict> {
    const { reviewer } = this.#options;
    const owner = await reviewer.ownerOf(token);
    if (owner === undefined) return 'Unknown';
    return (await reviewer.isAllowed(owner, verb, path)) ? 'Allowed' : 'Denied';
  }

  /** Room is made of what is over, then of refusals: a flood of made-up tokens does not push out who may read. */
  #remember(key: string, verdict: Verdict): void {
    const nowMs = this.#options.timer.nowMs();
    if (this.#verdicts.size >= MOST_VERDICTS) {
      for (const [old, { verdict: said, untilMs }] of this.#verdicts)
        if (untilMs <= nowMs || said !== 'Allowed') this.#verdicts.delete(old);
      if (this.#verdicts.size >= MOST_VERDICTS) this.#verdicts.clear();
    }
    this.#verdicts.set(key, { verdict, untilMs: nowMs + HOLDS_MS[verdict] });
  }

  /** When it changes, not with every scrape. */
  #say(trouble: string): void {
    if (trouble === this.#trouble) return;
    if (trouble !== '')
      this.#options.log.warn('Whose token it is cannot be asked: the page is refused', { because: trouble });
    this.#trouble = trouble;
  }
}

function refusalOf(verdict: Verdict): Page | undefined {
  return verdict === 'Allowed' ? undefined : REFUSALS[verdict];
}
