#!/usr/bin/env node
// Front door of every npm script. It runs under whatever Node started npm (20 or newer), brings the
// project's dependencies and its own Node 24 if they are missing or older than the lock file, and then
// hands over: `run.mjs scripts/check.ts …` runs a TypeScript file, `run.mjs vitest run …` a locked tool.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, constants, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.cni-tuner-lock');

const fail = (sentence) => {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
};

/** Path of the Node 24 the lock file brings, or of the running one where no package carries it. */
function projectNode() {
  const packaged = join(root, 'node_modules', `node-${platform()}-${arch()}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(
    `cni-tuner needs Node 24: no packaged one exists for ${platform()} ${arch()} and this is Node ${process.versions.node}; install Node 24 and run the command again.`,
  );
}

/** `npm ci` exactly when what is installed is not what the lock file says. */
function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return;
  process.stderr.write('Installing the locked dependencies (once, about half a minute) …\n');
  const npmCli = process.env.npm_execpath;
  const argv = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = npmCli?.endsWith('.js')
    ? spawnSync(process.execPath, [npmCli, ...argv], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', argv, { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) {
    fail(
      'npm ci could not install the locked dependencies; the lines above say why. Check that the npm registry is reachable and run the command again.',
    );
  }
  writeFileSync(stampFile, lock);
}

/** A TypeScript or JavaScript file runs as it is; any other word is a tool from node_modules/.bin. */
function commandFor(node, [target, ...rest]) {
  if (/\.(ts|mjs)$/.test(target)) return [node, [join(root, target), ...rest]];
  const bin = join(root, 'node_modules', '.bin', target);
  return existsSync(bin) ? [bin, rest] : fail(`There is no tool "${target}" in node_modules/.bin.`);
}

if (process.argv.length < 3) fail('usage: node scripts/run.mjs <file.ts | tool> [arguments]');
installDependencies();
const node = projectNode();
const [command, argv] = commandFor(node, process.argv.slice(2));
const path = [dirname(node), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
const child = spawn(command, argv, { stdio: 'inherit', env: { ...process.env, PATH: path } });
// The terminal already signals the whole group on Ctrl-C; a `kill` of this process alone must reach the child too.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('error', (error) => fail(`${command} did not start: ${error.message}`));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
