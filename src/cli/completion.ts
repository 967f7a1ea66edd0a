/** `completion`: a script that teaches a shell the commands and their flags, made of the command table. */
import type { Command, Flag } from './command.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export type Completable = Pick<Command, 'name' | 'about' | 'flags'>;

export function completionScript(shell: Shell, commands: readonly Completable[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      return `#compdef cni-tuner\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case 'fish':
      return fishScript(commands);
  }
}

function spelled({ name }: Flag): readonly string[] {
  return name === 'output' ? ['-o', '--output'] : [`--${name}`];
}

function bashScript(commands: readonly Completable[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const values = commands.flatMap(({ name, flags }) =>
    flags.flatMap((flag) => {
      const files = flag.shape === 'FILE' ? 'COMPREPLY=($(compgen -f -- "$word")); return' : undefined;
      const chosen = flag.choices === undefined ? files : `words="${flag.choices.join(' ')}"`;
      return chosen === undefined ? [] : spelled(flag).map((option) => `    "${name} ${option}") ${chosen} ;;`);
    }),
  );
  const flags = commands.map(({ name, flags: own }) => {
    return `    ${name}) words="${[...own.flatMap(spelled), '--help'].join(' ')}" ;;`;
  });
  return `# cni-tuner completion
_cni_tuner() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
${values.join('\n')}
  esac
  if [ -z "$words" ]; then
    case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _cni_tuner cni-tuner
`;
}

function fishScript(commands: readonly Completable[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, about, flags }) => [
    `complete -c cni-tuner -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
    ...flags.map((flag) => {
      const short = flag.name === 'output' ? ' -s o' : '';
      const value =
        flag.shape === '' ? '' : flag.choices === undefined ? ' -r' : ` -x -a ${quoted(flag.choices.join(' '))}`;
      return `complete -c cni-tuner -n '__fish_seen_subcommand_from ${name}'${short} -l ${flag.name}${value} -d ${quoted(flag.about)}`;
    }),
  ]);
  return `# cni-tuner completion\n${lines.join('\n')}\n`;
}
