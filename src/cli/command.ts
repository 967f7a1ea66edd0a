/** What a command is: one value that parses its arguments, teaches them, completes them, and runs. */
import type { Answer } from './output.ts';
import type { Progress } from './progress.ts';

/** 0: done. 1: the question was understood and could not be answered. 2: wrong input. */
export const EXIT = { done: 0, failed: 1, wrongInput: 2 } as const;

/** Wrong input: one sentence that names the flag or file and the remedy. Exit code 2. */
export class WrongInput extends Error {}

/** Trouble outside, such as a cluster that does not answer: one sentence. Exit code 1. */
export class CannotAnswer extends Error {}

export type Flag = {
  readonly name: string;
  /** What the value looks like, `FILE`; empty for a switch. */
  readonly shape: string;
  /** Empty: nothing. A switch is off unless it is given. */
  readonly fallback: string;
  readonly about: string;
  /** The only values there are; completed by the shell. */
  readonly choices?: readonly string[];
};

/** What was given on the line; a flag that was not given has its fallback. */
export type Given = {
  /** Empty when there is none. */
  readonly argument: string;
  readonly text: (flag: string) => string;
  /** A switch. */
  readonly isOn: (flag: string) => boolean;
};

/** What a command may use besides its arguments. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly progress: (label: string) => Progress;
  /** Shows the text and waits for a yes or no; absent: there is nobody to answer. */
  readonly ask?: (text: string) => Promise<boolean>;
};

export type Command = {
  readonly name: string;
  /** One line, lower case, for the list of commands. */
  readonly about: string;
  /** What it answers and how to read the answer: the body of --help. */
  readonly teaches: string;
  readonly examples: readonly { readonly line: string; readonly says: string }[];
  readonly flags: readonly Flag[];
  readonly argument?: { readonly shape: string; readonly about: string; readonly isRequired: boolean };
  /** Throws WrongInput and CannotAnswer. A whole `exitCode` besides 0 says that the answer is a no. */
  readonly answer: (given: Given, surroundings: Surroundings) => Promise<Answered>;
};

/** `text` goes out as it is; an answer in the format that was asked for. */
export type Answered =
  | { readonly kind: 'Answer'; readonly answer: Answer; readonly exitCode?: number }
  | { readonly kind: 'Text'; readonly text: string; readonly exitCode?: number };
