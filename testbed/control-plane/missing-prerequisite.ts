/**
 * Something this machine lacks (a tool, a version, disk space), so that a real control plane cannot be had.
 * The message is one sentence that names what is missing and the remedy; a command that meets it prints the
 * message alone and exits with `exitCode`, a test suite skips with it.
 */
export class MissingPrerequisite extends Error {
  override readonly name = 'MissingPrerequisite';
  readonly exitCode = 2;
}
