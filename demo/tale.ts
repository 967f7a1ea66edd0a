/** What every chapter of the story gets. */
import type { Binaries } from '../testbed/control-plane/binaries.ts';
import type { OnStarted } from './demo-cluster.ts';
import type { Terminal } from './terminal.ts';

export type Tale = {
  readonly terminal: Terminal;
  readonly binaries: Binaries;
  readonly nodes: number;
  readonly seed: number;
  readonly onStarted: OnStarted;
};
