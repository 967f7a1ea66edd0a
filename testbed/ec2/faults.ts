/** Faults on request: "the next n calls of action X get answer Y". */
import { Ec2Error } from './ec2-error.ts';
import { isObject, type JsonObject, numberIn, textIn } from './json-fields.ts';
import { requestLimitExceeded } from './rate-limits.ts';

export type FaultAnswer =
  | { readonly kind: 'throttled' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** 200 without a body. */
  | { readonly kind: 'empty200' }
  | { readonly kind: 'brokenXml' }
  | { readonly kind: 'html503' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** A page of so many items, with a token if more follows. */
  | { readonly kind: 'shortPage'; readonly items: number }
  /** A page without items that carries a token. */
  | { readonly kind: 'emptyPage' };

export type FaultRule = {
  /** An action's name, or `*` for all. */
  readonly action: string;
  readonly answer: FaultAnswer;
  /** How many calls it lasts; absent = until cleared. */
  readonly times?: number;
  /** Only for this caller, as CallRecord names it. */
  readonly caller?: string;
};

const PLAIN_KINDS = [
  'throttled',
  'forbidden',
  'hang',
  'empty200',
  'brokenXml',
  'html503',
  'reset',
  'emptyPage',
] as const;
const MOST_RULES = 100;

export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  /** Rules are asked in the order of their arrival; the first that fits answers. */
  add(rule: FaultRule): void {
    if (this.#rules.length >= MOST_RULES) throw new Error(`at most ${MOST_RULES} fault rules can stand at once`);
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** What still stands, for the control URL. */
  list(): readonly FaultRule[] {
    return this.#rules.map(({ rule, left }) => (Number.isFinite(left) ? { ...rule, times: left } : rule));
  }

  /** The answer for this call, if a rule fits; the rule has one call less to go then. */
  take(action: string, caller: string): FaultAnswer | undefined {
    const found = this.#rules.find(
      ({ rule }) =>
        (rule.action === '*' || rule.action === action) && (rule.caller === undefined || rule.caller === caller),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#rules = this.#rules.filter((standing) => standing !== found);
    return found.rule.answer;
  }
}

/** A rule from the control URL's JSON; throws a sentence when it is not one. */
export function faultRuleFrom(value: unknown): FaultRule {
  const rule = isObject(value) ? value : {};
  const action = textIn(rule['action']);
  if (action === undefined) throw new Error('a fault rule needs "action": an EC2 action or "*"');
  const answer = isObject(rule['answer']) ? answerFrom(rule['answer']) : undefined;
  if (answer === undefined) {
    throw new Error(`a fault rule needs "answer": {"kind": one of ${PLAIN_KINDS.join(', ')}, error, shortPage}`);
  }
  const times = numberIn(rule['times']);
  const caller = textIn(rule['caller']);
  return { action, answer, ...(times === undefined ? {} : { times }), ...(caller === undefined ? {} : { caller }) };
}

function answerFrom(answer: JsonObject): FaultAnswer | undefined {
  const kind = textIn(answer['kind']);
  if (kind === 'shortPage') return { kind, items: numberIn(answer['items']) ?? 1 };
  if (kind === 'error') {
    return {
      kind,
      code: textIn(answer['code']) ?? 'InternalError',
      message: textIn(answer['message']) ?? 'as ordered',
      status: numberIn(answer['status']) ?? 400,
    };
  }
  const plain = PLAIN_KINDS.find((candidate) => candidate === kind);
  return plain === undefined ? undefined : { kind: plain };
}

/** The error of those answers that are errors. */
export function errorOf(answer: FaultAnswer, action: string): Ec2Error | undefined {
  switch (answer.kind) {
    case 'throttled':
      return requestLimitExceeded();
    case 'forbidden':
      return new Ec2Error(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. User is not authorized to perform: ec2:${action}`,
        403,
      );
    case 'error':
      return new Ec2Error(answer.code, answer.message ?? answer.code, answer.status ?? 400);
    default:
      return undefined;
  }
}
