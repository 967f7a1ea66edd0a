import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Keeps reading commands until its standard input closes, which the kernel does when this process is gone, however it
 * went; then kills what is still running and deletes the folder: again where a program wrote into it while it died,
 * which fails the first time. A shell costs 1 MB where a Node process costs 45.
 */
const SCRIPT = `
trap '' INT HUP TERM
folder=$1
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
    done) exit 0 ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
tries=0
until rm -rf "$folder" 2>/dev/null || [ $tries -ge 100 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
exit 0
`;

/** Sees to it that nothing outlives this process, not even after SIGKILL. */
export type Reaper = {
  adopt(pid: number): void;
  forget(pid: number): void;
  /** Nothing is left to guard. */
  dismiss(): Promise<void>;
};

/** Starts a reaper that deletes `folder` and kills every adopted process if this process ends without `dismiss`. */
export function startReaper(folder: string): Reaper {
  // A session of its own, so that Ctrl-C at the terminal does not reach it; outside the folder it has to delete.
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', folder], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const exited = once(child, 'exit');
  exited.catch(() => {});
  child.stdin.on('error', () => {}); // It is gone: there is nobody to tell.
  child.unref();
  const tell = (line: string) => child.stdin.write(`${line}\n`);
  return {
    adopt: (pid) => tell(`+ ${pid}`),
    forget: (pid) => tell(`- ${pid}`),
    dismiss: async () => {
      child.ref();
      tell('done');
      child.stdin.end();
      await exited;
    },
  };
}
