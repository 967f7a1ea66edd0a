import { describe, expect, it } from 'vitest';
import { FakeTimer } from '../../../test/support/fake-timer.ts';
import type { Reviewer } from '../../kube/reviews.ts';
import { PortError } from '../../reconcile/ports.ts';
import { TokenGuard } from './token-guard.ts';

/** Tokens and what their owners may read; both can be changed. */
class FakeReviewer implements Reviewer {
  readonly owners = new Map([
    ['prometheus', 'prometheus'],
    ['stranger', 'stranger'],
  ]);
  readonly readers = new Set(['prometheus: get /metrics']);
  questions = 0;
  trouble: PortError | undefined;
  /** Answers wait for it. */
  opened: Promise<void> = Promise.resolve();

  async ownerOf(token: string) {
    this.questions += 1;
    await this.opened;
    if (this.trouble !== undefined) throw this.trouble;
    const username = this.owners.get(token);
    return username === undefined ? undefined : { username };
  }

  async isAllowed({ username }: { readonly username: string }, verb: string, path: string) {
    return this.readers.has(`${username}: ${verb} ${path}`);
  }
}

function aGuard() {
  const reviewer = new FakeReviewer();
  const timer = new FakeTimer();
  const warnings: unknown[] = [];
  const silent = { debug: () => {}, info: () => {}, error: () => {} };
  const log = { ...silent, warn: (_: string, fields: unknown) => void warnings.push(fields) };
  const guard = new TokenGuard({ reviewer, timer, log });
  const statusOf = async (authorization?: string, method = 'GET'): Promise<number> =>
    (await guard.refusal({ method, path: '/metrics', authorization }))?.status ?? 200;
  return { reviewer, timer, warnings, statusOf };
}

describe('the guard of a page', () => {
  it.each([undefined, '', 'Basic cHJvbWV0aGV1cw==', 'Bearer', 'Bearer two words', 'prometheus'])(
    'asks nobody where there is no bearer token: %j',
    async (authorization) => {
      const { statusOf, reviewer } = aGuard();
      expect(await statusOf(authorization)).toBe(401);
      expect(reviewer.questions).toBe(0);
    },
  );

  it('lets through whose token may get the path, and nobody else', async () => {
    const { statusOf } = aGuard();
    expect(await statusOf('Bearer prometheus')).toBe(200);
    expect(await statusOf('bearer prometheus')).toBe(200);
    expect(await statusOf('Bearer made-up')).toBe(401);
    expect(await statusOf('Bearer stranger')).toBe(403);
  });

  it('asks for the method that is used', async () => {
    const { statusOf, reviewer } = aGuard();
    expect(await statusOf('Bearer prometheus', 'HEAD')).toBe(403);
    reviewer.readers.add('prometheus: head /metrics');
    expect(await statusOf('Bearer prometheus', 'GET')).toBe(200);
  });

  it('asks once a minute for a token that may', async () => {
    const { statusOf, reviewer, timer } = aGuard();
    for (let scrape = 0; scrape < 4; scrape += 1) {
      expect(await statusOf('Bearer prometheus')).toBe(200);
      await timer.advance(15_000);
    }
    expect(reviewer.questions).toBe(1);
    reviewer.readers.clear();
    expect(await statusOf('Bearer prometheus')).toBe(403);
    expect(reviewer.questions).toBe(2);
  });

  it('sees a right that was given half a minute later, and a token that came to be after ten seconds', async () => {
    const { statusOf, reviewer, timer } = aGuard();
    expect([await statusOf('Bearer stranger'), await statusOf('Bearer late')]).toEqual([403, 401]);
    reviewer.readers.add('stranger: get /metrics');
    reviewer.owners.set('late', 'prometheus');
    await timer.advance(9_999);
    expect([await statusOf('Bearer stranger'), await statusOf('Bearer late')]).toEqual([403, 401]);
    await timer.advance(20_001);
    expect([await statusOf('Bearer stranger'), await statusOf('Bearer late')]).toEqual([200, 200]);
  });

  it('asks once for those who come at the same time, and refuses more made-up tokens than it can ask for', async () => {
    const { statusOf, reviewer } = aGuard();
    let open = (): void => {};
    reviewer.opened = new Promise((resolve) => {
      open = resolve;
    });
    const coming = ['prometheus', 'prometheus', 'a', 'b', 'c', 'd'].map((token) => statusOf(`Bearer ${token}`));
    open();
    expect(await Promise.all(coming)).toEqual([200, 200, 401, 401, 401, 503]);
    expect(reviewer.questions).toBe(4);
  });

  it('keeps who may read through a flood of made-up tokens', async () => {
    const { statusOf, reviewer } = aGuard();
    expect(await statusOf('Bearer prometheus')).toBe(200);
    for (let token = 0; token < 2_500; token += 1) expect(await statusOf(`Bearer made-up-${token}`)).toBe(401);
    const before = reviewer.questions;
    expect(await statusOf('Bearer prometheus')).toBe(200);
    expect(reviewer.questions).toBe(before);
  });

  it('refuses while nobody can be asked, says why once, and remembers no answer', async () => {
    const { statusOf, reviewer, warnings } = aGuard();
    reviewer.trouble = new PortError('Forbidden', 'You may not create tokenreviews.');
    expect([await statusOf('Bearer prometheus'), await statusOf('Bearer prometheus')]).toEqual([503, 503]);
    expect(warnings).toEqual([{ because: 'You may not create tokenreviews.' }]);
    reviewer.trouble = undefined;
    expect(await statusOf('Bearer prometheus')).toBe(200);
  });
});
