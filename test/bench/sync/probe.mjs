/**
 * Loaded into the operator's process before the bundle, which is run as it is shipped: `node --import probe.mjs
 * cni-tuner.mjs run`. At the first SIGUSR2 it begins to watch the event loop, at each one after it writes what the
 * process has used by then as one line of JSON to file descriptor 3. JavaScript, so that no TypeScript is loaded.
 */
import { readFileSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const loop = monitorEventLoopDelay({ resolution: 1 });
let begun = false;

/** VmHWM: the most this process ever had resident. */
function peakRssBytes() {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

function heapBytesAfterCollection() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

function figures() {
  const cpu = process.cpuUsage();
  const taken = {
    peakRssBytes: peakRssBytes(),
    cpuMs: (cpu.user + cpu.system) / 1000,
    loopDelayP99Ms: loop.percentile(99) / 1e6,
    loopDelayMaxMs: loop.max / 1e6,
  };
  return { ...taken, heapBytes: heapBytesAfterCollection() };
}

process.on('SIGUSR2', () => {
  if (begun) writeSync(3, `${JSON.stringify(figures())}\n`);
  else loop.enable();
  begun = true;
});
