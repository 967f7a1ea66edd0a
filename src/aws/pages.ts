/** Reads a paged list to its end: short and empty pages go on, a missing list or a token that repeats is trouble. */
import { AccountTrouble, type IamAction, unavailableGap } from './errors.ts';

export type PageAnswer<Item> = {
  /** Undefined = the answer had no list at all. */
  readonly items: readonly Item[] | undefined;
  readonly nextToken: string | undefined;
};

/** 1,000,000 interfaces at 500 a page; a service that goes on longer is broken. */
const MOST_PAGES = 2_000;

/** Hands over page by page, so that no more than one is held. */
export async function forEachPage<Item>(
  action: IamAction,
  readPage: (nextToken: string | undefined) => Promise<PageAnswer<Item>>,
  visit: (items: readonly Item[]) => void,
): Promise<void> {
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await readPage(nextToken);
    // An empty body parses as success without the list; "unknown" must never become "none".
    if (answer.items === undefined) throw trouble(action, 'the answer holds no list');
    visit(answer.items);
    if (answer.nextToken === undefined || answer.nextToken === '') return;
    // EC2 may answer an empty page with the token it was asked with; only so often.
    nextToken = answer.nextToken;
  }
  throw trouble(action, `it does not end after ${MOST_PAGES} pages`);
}

function trouble(action: IamAction, why: string): AccountTrouble {
  return new AccountTrouble(unavailableGap(action, `EC2 could not be read (${action}): ${why}.`));
}
