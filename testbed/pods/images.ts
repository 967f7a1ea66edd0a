/** Images without an engine: a folder in the place of the image's files, and what the Dockerfile says of starting it. */
import type { Container } from './pod-spec.ts';

export type Image = {
  /** Where the image has its program, such as /app. */
  readonly at: string;
  /** Where that is on this machine. */
  readonly folder: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

const NODE = '/nodejs/bin/node';

/**
 * Node's arguments for the container: its own command and arguments, else the image's. Throws when it would start
 * anything but the Node of the image: there is nothing else in it.
 */
export function nodeArguments({ command, args }: Container, image: Image): readonly string[] {
  const [program, ...argv] = [
    ...(command ?? image.entrypoint),
    ...(args ?? (command === undefined ? image.command : [])),
  ];
  if (program !== NODE) throw new Error(`The image has no program ${program ?? ''}.`);
  return argv.map((argument) =>
    argument.startsWith(`${image.at}/`) ? image.folder + argument.slice(image.at.length) : argument,
  );
}
