/** One line of a demand log, and what can be wrong with it. */

/** What is wrong with a line; `column` is the number of the field, from 0. */
export class DemandLineError extends Error {
  readonly field: number;

  constructor(field: number, message: string) {
    super(message);
    this.field = field;
  }
}

export const DEMAND_LOG_HEADER = 't_s,event,node,instance_type,pod';
const FIELDS = 5;
const EVENTS = ['node-add', 'node-remove', 'pod-add', 'pod-remove'] as const;
export type DemandEventName = (typeof EVENTS)[number];

/** One line. Times in ms; `pod` and `instanceType` are empty where they do not belong. */
export type DemandEvent = {
  readonly atMs: number;
  readonly event: DemandEventName;
  readonly node: string;
  readonly instanceType: string;
  readonly pod: string;
};

/** One line; throws a DemandLineError. */
export function parseDemandLine(text: string, lastMs: number): DemandEvent {
  const fields = text.split(',');
  if (fields.length !== FIELDS) {
    throw new DemandLineError(0, `the line has ${fields.length} fields; it must have ${FIELDS}: ${DEMAND_LOG_HEADER}`);
  }
  const [time = '', name = '', node = '', instanceType = '', pod = ''] = fields;
  if (!/^\d+(\.\d+)?$/.test(time)) throw new DemandLineError(0, `the time "${time}" is not a number of seconds`);
  const atMs = Math.round(Number(time) * 1000);
  if (atMs < lastMs) throw new DemandLineError(0, `the time ${time} is before that of the line above`);
  const event = EVENTS.find((known) => known === name);
  if (event === undefined) throw new DemandLineError(1, `the event "${name}" is none of ${EVENTS.join(', ')}`);
  if (node === '') throw new DemandLineError(2, 'the node is missing');
  const isAdd = event === 'node-add';
  if (isAdd === (instanceType === '')) {
    throw new DemandLineError(3, isAdd ? 'the instance type is missing' : 'only node-add has an instance type');
  }
  const isPod = event === 'pod-add' || event === 'pod-remove';
  if (isPod === (pod === '')) throw new DemandLineError(4, isPod ? 'the pod is missing' : 'only pod events have a pod');
  return { atMs, event, node, instanceType, pod };
}
