/** `fourtuple completion SHELL`: a completion script made from the table of commands. */
import { type Command, type ExitCode, type Flag, type Invocation, longName } from "./command.ts"
import { COMMANDS } from "./commands.ts"

/** Prints the script for the shell that was named. */
export async function runCompletion({ args, terminal }: Invocation): Promise<ExitCode> {
  const [shell = ""] = args
  const write = scripts[shell]
  if (write !== undefined) await terminal.write(write(COMMANDS))
  return 0
}

const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
}

function bashScript(commands: readonly Command[]): string {
  const cases = commands.map(
    (command) => `    ${command.name}) words="${wordsOf(command).join(" ")}" ;;`,
  )
  const valued = commands.flatMap((command) => command.flags).filter((flag) => flag.takes)
  const fileFlags = valued.filter((flag) => isPath(flag)).flatMap(spellings)
  const otherFlags = valued.filter((flag) => !isPath(flag)).flatMap(spellings)
  return `# bash completion for fourtuple: eval "$(fourtuple completion bash)"
_fourtuple() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  case "$before" in
    ${patternOf(fileFlags)}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${patternOf(otherFlags)}) return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${namesOf(commands)} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in -*) ;; *) COMPREPLY+=($(compgen -f -- "$current")) ;; esac
}
complete -o filenames -F _fourtuple fourtuple
`
}

function zshScript(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`)
  const cases = commands.map((command) => {
    const flags = command.flags.flatMap((flag) =>
      spellings(flag).map((word) => `      '${word}[${zshText(flag.says)}]${zshValue(flag)}' \\`),
    )
    const rest = choicesOf(command)
    const argument = rest.length > 0 ? `'*:word:(${rest.join(" ")})'` : "'*:path:_files'"
    return `    ${command.name}) _arguments \\\n${[...flags, `      ${argument} ;;`].join("\n")}`
  })
  return `#compdef fourtuple
# zsh completion for fourtuple: eval "$(fourtuple completion zsh)"
_fourtuple() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _fourtuple fourtuple
`
}

function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const inside = `-n '__fish_seen_subcommand_from ${command.name}'`
    const flags = command.flags.map((flag) => {
      const short = /(?:^|\s)-(\w)\b/.exec(flag.flags)?.[1]
      const name = `${short === undefined ? "" : `-s ${short} `}-l ${longName(flag).slice(2)}`
      const value = flag.takes === undefined ? "" : isPath(flag) ? " -r -F" : " -x"
      return `complete -c fourtuple ${inside} ${name}${value} -d '${fishText(flag.says)}'`
    })
    const rest = choicesOf(command)
    const words =
      rest.length > 0 ? [`complete -c fourtuple ${inside} -f -a '${rest.join(" ")}'`] : []
    const first = `complete -c fourtuple -f -n __fish_use_subcommand -a ${command.name}`
    return [`${first} -d '${fishText(command.summary)}'`, ...flags, ...words]
  })
  return `# fish completion for fourtuple: fourtuple completion fish | source\n${lines.join("\n")}\n`
}

function powershellScript(commands: readonly Command[]): string {
  const rows = commands.map((command) => {
    const words = wordsOf(command).map((word) => `'${word}'`)
    return `    '${command.name}' = @(${words.join(", ")})`
  })
  return `# PowerShell completion for fourtuple: fourtuple completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName fourtuple -ScriptBlock {
  param($word, $tree, $cursor)
  $commands = [ordered]@{
${rows.join("\n")}
  }
  $given = @($tree.CommandElements | ForEach-Object { $_.ToString() })
  $inCommand = $given.Count -gt 2 -or ($given.Count -eq 2 -and $word -eq '')
  $words = if ($inCommand) { $commands[$given[1]] } else { $commands.Keys }
  $words | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}

function wordsOf(command: Command): readonly string[] {
  return [...command.flags.flatMap(spellings), "--help", ...choicesOf(command)]
}

function choicesOf(command: Command): readonly string[] {
  return command.args.flatMap(({ takes }) => (typeof takes === "string" ? [] : takes))
}

/** "-o, --output <folder>" → "-o", "--output". */
function spellings(flag: Flag): readonly string[] {
  return flag.flags.split(/[\s,]+/).filter((word) => word.startsWith("-"))
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(" ")
}

function isPath(flag: Flag): boolean {
  return flag.takes === "file" || flag.takes === "folder"
}

function patternOf(words: readonly string[]): string {
  return words.length === 0 ? "''" : [...new Set(words)].join("|")
}

function zshValue(flag: Flag): string {
  if (flag.takes === undefined) return ""
  return isPath(flag)
    ? ":path:_files"
    : `:${typeof flag.takes === "string" ? flag.takes : "word"}: `
}

/** Inside single quotes, brackets and colons mean something to _arguments. */
function zshText(text: string): string {
  return text.replaceAll("'", "’").replace(/[[\]:]/g, "\\$&")
}

function fishText(text: string): string {
  return text.replaceAll("'", "\\'")
}
