/** Brings the control plane's programs (built once, then cached), as `npm test` and the demo do by themselves. */
import { ensureBinaries } from '../testbed/control-plane/ensure-binaries.ts';
import { showProgressOn } from '../testbed/control-plane/build-progress.ts';
import { findPrometheus } from '../testbed/control-plane/prometheus.ts';
import { MissingPrerequisite } from '../testbed/control-plane/missing-prerequisite.ts';

try {
  await ensureBinaries(showProgressOn(process.stderr));
  const prometheus = await findPrometheus();
  if (prometheus.kind === 'Missing') console.error(prometheus.sentence);
} catch (error) {
  if (!(error instanceof MissingPrerequisite)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
