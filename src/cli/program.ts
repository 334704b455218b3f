/** Commander, fed from the table: strict parsing, help, and its errors turned into refusals. */
import { Argument, CommanderError, Command as Program } from "commander"
import { Refusal } from "../model/refusal.ts"
import type { Command } from "./command.ts"

/** What the arguments ask for. */
export type Request =
  | {
      readonly kind: "run"
      readonly command: Command
      readonly args: readonly string[]
      readonly flags: Readonly<Record<string, string | boolean | undefined>>
    }
  | { readonly kind: "print"; readonly text: string }

/** Arguments → what to run or print. Refusal (bad-usage) for what the table does not have. */
export function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
): Request {
  let request: Request | undefined
  let printed = ""
  let failed = ""
  const program = new Program("fourtuple")
    .description("Finds the TCP limit that stops a machine from connecting.")
    .version(version, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Print help")
    .option("--no-color", "Plain text (NO_COLOR does the same)")
    .helpCommand("help [command]", "Print help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text
      },
      writeErr: (text) => {
        failed += text
      },
    })
  for (const command of commands) {
    const sub = subcommandOf(command)
    sub.copyInheritedSettings(program)
    sub.action(() => {
      const flags = sub.optsWithGlobals<Record<string, string | boolean>>()
      request = { kind: "run", command, args: sub.args, flags }
    })
    program.addCommand(sub)
  }
  try {
    program.parse([...argv], { from: "user" })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { kind: "print", text: printed }
    if (error.code === "commander.help") throw noCommand(commands)
    throw usageRefusal(failed, nameIn(argv, commands))
  }
  if (request === undefined) throw new Error("commander ran no action and threw nothing")
  return request
}

function subcommandOf(command: Command): Program {
  const program = new Program(command.name)
    .summary(command.summary)
    .description(`${command.summary}.\n\n${command.details}`)
    .helpOption("-h, --help", "Print help")
    .allowExcessArguments(false)
    .addHelpText("after", examplesText(command))
  for (const { name, says, isRequired, isMany, takes } of command.args) {
    const inner = isMany ? `${name}...` : name
    const argument = new Argument(isRequired ? `<${inner}>` : `[${inner}]`, says)
    program.addArgument(typeof takes === "string" ? argument : argument.choices(takes))
  }
  for (const { flags, says, isMany } of command.flags) {
    if (isMany) program.option(flags, says, withLine)
    else program.option(flags, says)
  }
  return program
}

/** What was given before, and the next on a line of its own. */
function withLine(text: string, before: string | undefined): string {
  return before === undefined ? text : `${before}\n${text}`
}

function examplesText(command: Command): string {
  const width = Math.max(...command.examples.map(([line]) => line.length))
  const rows = command.examples.map(([line, says]) =>
    `  ${line.padEnd(width + 2)}${says}`.trimEnd(),
  )
  return `\nExamples:\n${rows.join("\n")}`
}

function nameIn(argv: readonly string[], commands: readonly Command[]): string {
  return argv.find((word) => commands.some(({ name }) => name === word)) ?? ""
}

function noCommand(commands: readonly Command[]): Refusal {
  const names = commands.map(({ name }) => name).join(", ")
  return new Refusal("bad-usage", "No command was given", `One of ${names}; see fourtuple --help`)
}

/** "error: unknown option '--jsn'\n(Did you mean --json?)" → a refusal with the way to help. */
function usageRefusal(text: string, command: string): Refusal {
  const help = command === "" ? "fourtuple --help" : `fourtuple ${command} --help`
  const [first = "", ...rest] = text
    .replace(/^error: /, "")
    .trim()
    .split("\n")
  const message = first.charAt(0).toUpperCase() + first.slice(1)
  const meant = rest.join(" ").replace(/^\(|\)$/g, "")
  return new Refusal("bad-usage", message, meant === "" ? `See ${help}` : `${meant} See ${help}`)
}
