/** The command table: help, completion, the reference page and the command line itself are made of it. */
import { capacityCommand } from './capacity-command.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion-command.ts';
import type { Completable } from './completion.ts';
import { doctorCommand } from './doctor-command.ts';
import { eventsCommand } from './events-command.ts';
import { explainCommand } from './explain-command.ts';
import { forecastCommand } from './forecast-command.ts';
import { historyCommand } from './history-command.ts';
import { planCommand } from './plan-command.ts';
import { recommendCommand } from './recommend-command.ts';
import { recordCommand } from './record-command.ts';
import { simulateCommand } from './simulate-command.ts';
import { snapshotCommand } from './snapshot-command.ts';
import { topCommand } from './top-command.ts';
import { undoCommand } from './undo-command.ts';

/** The operator reads its own flags: `cni-tuner run --help`. */
export const RUN_COMMAND = {
  name: 'run',
  about: 'the operator: watches CniTuning objects and tunes aws-node',
  flags: [],
} as const satisfies Completable;

export const COMMANDS: readonly Command[] = [
  explainCommand,
  planCommand,
  historyCommand,
  eventsCommand,
  undoCommand,
  topCommand,
  forecastCommand,
  capacityCommand,
  doctorCommand,
  snapshotCommand,
  recordCommand,
  recommendCommand,
  simulateCommand,
  completionCommand(allCommands),
];

export function allCommands(): readonly Completable[] {
  return [RUN_COMMAND, ...COMMANDS];
}
