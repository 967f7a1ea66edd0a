/** Which service a request is for, who asks, whether a fault or the throttle answers first; then the action itself. */
import { ACTIONS } from './actions.ts';
import {
  type Answer,
  ec2Answer,
  ec2ErrorAnswer,
  jsonAnswer,
  jsonErrorAnswer,
  stsAnswer,
  stsErrorAnswer,
} from './answers.ts';
import type { CallRecord, CallResult } from './call-record.ts';
import { listMetrics, metricValues } from './cloudwatch.ts';
import { assumeRoleWithWebIdentity, containerCredentials, getCallerIdentity } from './credentials.ts';
import { Ec2Error } from './ec2-error.ts';
import { errorOf, type FaultAnswer, type Faults, faultRuleFrom } from './faults.ts';
import type { Ec2Model } from './model.ts';
import type { PageBend } from './pages.ts';
import { QueryRequest } from './query-request.ts';
import { type RateLimits, Throttle } from './rate-limits.ts';

export type WireRequest = {
  readonly method: string;
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
};

export type Exchange = {
  readonly action: string;
  /** Does what was asked; to be called once, after the action's latency. */
  readonly answer: () => Answer | 'hang' | 'reset';
};

type Desk = {
  readonly model: Ec2Model;
  readonly calls: CallRecord;
  readonly faults: Faults;
  readonly rateLimits: RateLimits | 'off';
};

type Who = { readonly caller: string; readonly accessKey: string | undefined };

type Room = {
  readonly action: string;
  readonly run: (bend: PageBend) => Answer;
  readonly refuse: (error: Ec2Error) => Answer;
  /** Counted as EC2 calls and throttled like them. */
  readonly isEc2: boolean;
};

export const CONTROL_PATH = '/_control';
export const CREDENTIALS_PATH = '/_credentials';

export class AwsFrontDesk {
  readonly #desk: Desk;
  readonly #throttle: Throttle;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#throttle = new Throttle(desk.rateLimits);
  }

  open(request: WireRequest): Exchange {
    if (request.path.startsWith(CONTROL_PATH)) {
      return { action: 'control', answer: () => this.#control(request) };
    }
    const room = this.#roomFor(request);
    return { action: room.action, answer: () => this.#answer(room, whoIs(request)) };
  }

  #roomFor(request: WireRequest): Room {
    const { calls, model } = this.#desk;
    if (request.path.startsWith(CREDENTIALS_PATH)) {
      const credentials = (): Answer => ({
        status: 200,
        contentType: 'application/json',
        body: containerCredentials(request.header('authorization'), model.now()),
      });
      return { action: 'GetCredentials', run: credentials, refuse: ec2ErrorAnswer, isEc2: false };
    }
    const target = request.header('x-amz-target');
    if (target !== undefined) return cloudWatchRoom(calls, target, request.body);
    const query = new QueryRequest(request.body);
    const sts = STS_ACTIONS[query.action];
    if (sts !== undefined) {
      const run = (): Answer => stsAnswer(query.action, sts(query, model.now()));
      return { action: query.action, run, refuse: stsErrorAnswer, isEc2: false };
    }
    return ec2Room(model, query);
  }

  #answer(room: Room, { caller, accessKey }: Who): Answer | 'hang' | 'reset' {
    const nowMs = this.#desk.model.now();
    const record = (result: CallResult): void => {
      if (room.isEc2) this.#desk.calls.add({ action: room.action, caller, accessKey, result, atMs: nowMs });
    };
    const fault = this.#desk.faults.take(room.action, caller);
    const bent = fault === undefined ? undefined : brokenAnswer(fault);
    if (bent !== undefined) {
      record('serverError');
      return bent;
    }
    try {
      const error = fault === undefined ? undefined : errorOf(fault, room.action);
      if (error !== undefined) throw error;
      if (room.isEc2) this.#throttle.take(room.action, nowMs);
      const answer = room.run(bendOf(fault));
      record('ok');
      return answer;
    } catch (error) {
      const known =
        error instanceof Ec2Error ? error : new Ec2Error('InternalError', `The stand-in failed: ${String(error)}`, 500);
      record(resultOf(known));
      return room.refuse(known);
    }
  }

  /** `GET /_control/calls`, and `GET`, `POST`, `DELETE` on `/_control/faults`. */
  #control(request: WireRequest): Answer {
    const { calls, faults } = this.#desk;
    const json = 'application/json';
    if (request.path === `${CONTROL_PATH}/calls`) {
      const byCaller = Object.fromEntries(calls.callers().map((caller) => [caller, calls.totals(caller)]));
      return jsonAnswer({ byAction: calls.totals(), byCaller }, json);
    }
    if (request.path !== `${CONTROL_PATH}/faults`) return { status: 404, contentType: json, body: '{}' };
    try {
      if (request.method === 'POST') faults.add(faultRuleFrom(JSON.parse(request.body)));
      if (request.method === 'DELETE') faults.clear();
    } catch (error) {
      return { status: 400, contentType: json, body: JSON.stringify({ message: String(error) }) };
    }
    return jsonAnswer({ faults: faults.list() }, json);
  }
}

const STS_ACTIONS: Readonly<Record<string, (query: QueryRequest, nowMs: number) => string>> = {
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetCallerIdentity: getCallerIdentity,
};

function ec2Room(model: Ec2Model, query: QueryRequest): Room {
  const action = ACTIONS[query.action];
  const run = (bend: PageBend): Answer => {
    if (action === undefined) {
      throw new Ec2Error('InvalidAction', `The action ${query.action} is not valid for this web service.`);
    }
    return ec2Answer(query.action, action(model, query, bend));
  };
  return { action: action === undefined ? 'Unknown' : query.action, run, refuse: ec2ErrorAnswer, isEc2: true };
}

function cloudWatchRoom(calls: CallRecord, target: string, body: string): Room {
  const action = target.split('.').at(-1) ?? target;
  const run = (): Answer => {
    if (action === 'GetMetricData') return jsonAnswer(metricValues(calls, JSON.parse(body)));
    if (action === 'ListMetrics') return jsonAnswer(listMetrics(calls, JSON.parse(body)));
    throw new Ec2Error('InvalidAction', `The stand-in does not know ${target}.`);
  };
  return { action, run, refuse: jsonErrorAnswer, isEc2: false };
}

/** `app/NAME` of the user agent, else the key the request is signed with, else `anonymous`. */
function whoIs(request: WireRequest): Who {
  const app = /(?:^|\s)app\/([^\s]+)/.exec(request.header('user-agent') ?? '')?.[1];
  const accessKey = /Credential=([^/]+)\//.exec(request.header('authorization') ?? '')?.[1];
  return { caller: app ?? accessKey ?? 'anonymous', accessKey };
}

function brokenAnswer(fault: FaultAnswer): Answer | 'hang' | 'reset' | undefined {
  switch (fault.kind) {
    case 'hang':
    case 'reset':
      return fault.kind;
    case 'empty200':
      return { status: 200, contentType: 'text/xml', body: '' };
    case 'brokenXml':
      return { status: 200, contentType: 'text/xml', body: '<Response><unfinished><item>' };
    case 'html503':
      return { status: 503, contentType: 'text/html', body: '<html><body>Service Unavailable</body></html>' };
    default:
      return undefined;
  }
}

function bendOf(fault: FaultAnswer | undefined): PageBend {
  if (fault?.kind === 'shortPage') return { kind: 'short', items: fault.items };
  return fault?.kind === 'emptyPage' ? { kind: 'empty' } : undefined;
}

function resultOf(error: Ec2Error): CallResult {
  if (error.code === 'RequestLimitExceeded') return 'throttled';
  return error.status >= 500 ? 'serverError' : 'clientError';
}
