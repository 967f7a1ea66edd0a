/** Paging as EC2 does it: a token names the place to go on from, and a short page may still carry one. */
import { Ec2Error } from './ec2-error.ts';
import type { QueryRequest } from './query-request.ts';

export type PageLimits = { readonly least: number; readonly most: number };

/** How a fault bends the next page: shorter than asked for, or empty though more follows. */
export type PageBend = { readonly kind: 'short'; readonly items: number } | { readonly kind: 'empty' } | undefined;

export type Page<Item> = { readonly items: readonly Item[]; readonly nextToken: string | undefined };

export type Positioned<Item> = {
  /** In order of position. */
  readonly items: Iterable<Item>;
  readonly matches: (item: Item) => boolean;
  /** Grows from item to item and never changes, so pages stay right while items come and go. */
  readonly positionOf: (item: Item) => number;
};

export const DESCRIBE_LIMITS: PageLimits = { least: 5, most: 1_000 };

/** Refuses ids together with MaxResults, and sizes and tokens that EC2 would refuse. */
export function pageOf<Item>(
  request: QueryRequest,
  source: Positioned<Item>,
  options: { readonly limits?: PageLimits; readonly hasIds: boolean; readonly bend: PageBend },
): Page<Item> {
  const limits = options.limits ?? DESCRIBE_LIMITS;
  const maxResults = request.count('MaxResults');
  if (maxResults !== undefined) refuseBadSize(maxResults, limits, options.hasIds);
  const after = positionIn(request.text('NextToken'), request.action);
  if (options.bend?.kind === 'empty') return { items: [], nextToken: tokenFor(request.action, after) };
  const most = options.bend?.kind === 'short' ? options.bend.items : (maxResults ?? Number.POSITIVE_INFINITY);
  const items: Item[] = [];
  let last = after;
  for (const item of source.items) {
    const position = source.positionOf(item);
    if (position <= after || !source.matches(item)) continue;
    if (items.length >= most) return { items, nextToken: tokenFor(request.action, last) };
    items.push(item);
    last = position;
  }
  return { items, nextToken: undefined };
}

function refuseBadSize(maxResults: number, limits: PageLimits, hasIds: boolean): void {
  if (hasIds) {
    throw new Ec2Error('InvalidParameterCombination', 'The parameter MaxResults cannot be used with a list of IDs.');
  }
  if (maxResults < limits.least || maxResults > limits.most) {
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value between ${limits.least} and ${limits.most}.`,
    );
  }
}

function tokenFor(action: string, position: number): string {
  return Buffer.from(`${action}/${position}`).toString('base64url');
}

function positionIn(token: string | undefined, action: string): number {
  if (token === undefined) return -1;
  const [issuer, position = ''] = Buffer.from(token, 'base64url').toString().split('/');
  if (issuer !== action || !/^-?\d{1,15}$/.test(position)) {
    throw new Ec2Error('InvalidNextToken', `The token '${token.slice(0, 40)}' is invalid.`);
  }
  return Number(position);
}
