/** Starts a control plane, prints its folder and process ids as JSON and then does nothing: a test kills it. */
import { startControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { ensureBinaries } from '../../testbed/control-plane/ensure-binaries.ts';

const plane = await startControlPlane({ binaries: await ensureBinaries(), components: [] });
console.log(JSON.stringify({ folder: plane.folder, pids: Object.values(plane.pids()) }));
setInterval(() => {}, 60_000);
