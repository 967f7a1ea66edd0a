/** Reads a Dockerfile far enough to run its steps without Docker. */

export type Instruction = { readonly word: string; readonly rest: string };
export type BuildStage = { readonly from: string; readonly instructions: readonly Instruction[] };
export type Dockerfile = {
  readonly defaults: Readonly<Record<string, string>>;
  readonly stages: readonly BuildStage[];
};

/** Comments and line continuations are resolved; ARGs before the first FROM are its defaults. */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const instructions = lines.map((line): Instruction => {
    const [word = '', ...rest] = line.trim().split(' ');
    return { word: word.toUpperCase(), rest: rest.join(' ') };
  });
  const firstFrom = instructions.findIndex(({ word }) => word === 'FROM');
  const stages: { from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions.slice(firstFrom)) {
    if (instruction.word === 'FROM') stages.push({ from: instruction.rest, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  const defaults = instructions.slice(0, firstFrom).map(({ rest }) => rest.split('=') as [string, string]);
  return { defaults: Object.fromEntries(defaults), stages };
}

/** The last instruction of that word in a stage; throws when there is none. */
export function lastOf({ instructions }: BuildStage, word: string): string {
  const found = instructions.findLast((each) => each.word === word);
  if (found === undefined) throw new Error(`The stage has no ${word}.`);
  return found.rest;
}
