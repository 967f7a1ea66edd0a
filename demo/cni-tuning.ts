/** The demo's CniTuning, and how it is read back. */
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../testbed/control-plane/api-client.ts';

export const TUNING_NAME = 'aws-node';
export const TUNING_PATH = `/apis/cnituning.dev/v1alpha1/cnitunings/${TUNING_NAME}`;

/** From the project's folder. */
export const TUNING_FILE = 'demo/aws-node-tuning.yaml';

export async function tuningYaml(): Promise<string> {
  return await readFile(new URL(`../${TUNING_FILE}`, import.meta.url), 'utf8');
}

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

export type Tuning = {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly ownership?: { readonly takeOverFrom?: readonly string[] } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly addresses?: { readonly attached: number };
    readonly hold?: { readonly reason: string; readonly message: string };
    readonly changes?: readonly { readonly because: string }[];
  };
};

export async function readTuning(api: ApiClient): Promise<Tuning> {
  return await api.get<Tuning>(TUNING_PATH);
}

export function conditionOf({ status }: Tuning, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The command that a hold's message offers, ready for a shell; undefined when it offers none. */
export function offeredPatch(message: string): string | undefined {
  return (
    /`(kubectl patch cnit [^`]+)`/.exec(message)?.[1] ?? /(kubectl patch cnit \S+ .*?'\{.*?\}')/.exec(message)?.[1]
  );
}

/** Arguments of such a command: the words, single quotes taken off. */
export function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+?)'([^']*)'|(\S+)/g)].map(
    ([, quoted, before, inside, bare]) => quoted ?? (before !== undefined ? `${before}${inside}` : (bare ?? '')),
  );
}

/** What the operator is doing, as one word. */
export function readyReason(tuning: Tuning): string {
  return tuning.status?.hold?.reason ?? conditionOf(tuning, 'Ready')?.reason ?? 'no status yet';
}
