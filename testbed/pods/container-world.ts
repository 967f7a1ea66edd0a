/**
 * Loaded into a container's process before its program (`--import`): what a container runtime and a CNI do for a
 * process, as far as this machine allows without their rights. Files of volumes are found at their mount paths, what
 * listens without an address listens on the pod's own, names of Services lead to their pods.
 */
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

/** `address` is absent on the host network; `hosts` are files of `{"name": ["address"]}`. */
export type World = {
  readonly mounts: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly hostsFile: string;
};

const world: World = JSON.parse(fs.readFileSync(new URL(import.meta.url).searchParams.get('world') ?? '', 'utf8'));
const hosts: Readonly<Record<string, readonly string[]>> = JSON.parse(fs.readFileSync(world.hostsFile, 'utf8'));

/** A path below a mount, where it really is. */
function real(path: unknown): unknown {
  if (typeof path !== 'string') return path;
  const mount = Object.keys(world.mounts).find((each) => path === each || path.startsWith(`${each}/`));
  return mount === undefined ? path : `${world.mounts[mount]}${path.slice(mount.length)}`;
}

type Anything = Record<string, (...argv: unknown[]) => unknown>;

function mounted(module: object, names: readonly string[]): void {
  const functions = module as Anything;
  for (const name of names) {
    const original = functions[name];
    if (original === undefined) continue;
    functions[name] = (path, ...rest) => original.call(module, real(path), ...rest);
  }
}

mounted(fs, ['readFileSync', 'existsSync', 'statSync', 'accessSync', 'readFile', 'stat', 'access', 'createReadStream']);
mounted(fs.promises, ['readFile', 'stat', 'access', 'writeFile']);

if (world.address !== undefined) {
  const { address } = world;
  const listen = net.Server.prototype.listen as (...argv: unknown[]) => net.Server;
  net.Server.prototype.listen = function onPodAddress(this: net.Server, ...argv: unknown[]) {
    const [first, ...rest] = argv;
    const isOptions = typeof first === 'object' && first !== null && 'port' in first && !('host' in first);
    return listen.call(this, ...(isOptions ? [{ ...first, host: address }, ...rest] : argv));
  } as typeof net.Server.prototype.listen;
}

type Answer = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void;

const lookup = dns.lookup as (...argv: unknown[]) => void;
(dns as unknown as { lookup: unknown }).lookup = (name: string, options: unknown, callback: unknown): void => {
  const [found] = hosts[name] ?? [];
  if (found === undefined) return lookup(name, options, callback);
  const answer = (typeof options === 'function' ? options : callback) as Answer;
  const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  process.nextTick(() => (all ? answer(null, [{ address: found, family: 4 }]) : answer(null, found, 4)));
};

syncBuiltinESMExports();
