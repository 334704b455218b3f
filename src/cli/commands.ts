/** The table of commands. A command that is not built is not here. */
import type { Argument, Command, Flag } from "./command.ts"

const json: Flag = { flags: "--json", says: "Print one JSON document" }
const redact: Flag = {
  flags: "--redact",
  says: "Replace addresses and host names, each always by the same other",
}
const netns: Flag = {
  flags: "--netns <name|pid>",
  says: "Read the network namespace of that name or process (Linux, root)",
  takes: "name",
}
const evidence: Argument = {
  name: "path",
  says: "Files or folders of saved output in any mix; - is standard input",
  isRequired: false,
  isMany: true,
  takes: "file",
}

const entryId: Argument = {
  name: "id",
  says: "One of them, or words it is known by",
  isRequired: false,
  isMany: true,
  takes: "name",
}
const markdown: Flag = { flags: "--markdown", says: "Print Markdown" }

/** Every command, in the order of help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "diagnose",
    summary: "Name the limit that stops connections, with proof and fix",
    details:
      "Without a path it reads this machine, live. Exit code: 0 nothing found, 1 a limit is established or likely, 2 could not do it.",
    args: [evidence],
    flags: [
      json,
      markdown,
      {
        flags: "--html <file>",
        says: "Also write one self-contained page (- prints it instead)",
        takes: "file",
      },
      netns,
      {
        flags: "--seconds <n>",
        says: "Watch this machine for so long (default 3)",
        takes: "number",
      },
      redact,
    ],
    examples: [
      ["fourtuple diagnose", "this machine, now"],
      ["fourtuple diagnose case/", "a folder of saved output"],
      ["ss -tan | fourtuple diagnose -", "whatever is piped in"],
      ["fourtuple diagnose --netns web --html report.html", "a namespace, as a page"],
    ],
    run: async (invocation) => (await import("./diagnose.ts")).runDiagnose(invocation),
  },
  {
    name: "read",
    summary: "Print what the readers understand, one observation a line",
    details:
      "Newline-delimited JSON. Malformed rows are observations of kind oddity; nothing is lost silently.",
    args: [{ ...evidence, isRequired: true }],
    flags: [
      { flags: "--summary", says: "Print for each file its format, encoding and counts instead" },
      json,
    ],
    examples: [
      ["fourtuple read netstat.txt", ""],
      ["fourtuple read case/ --summary", "what each file was taken for"],
    ],
    run: async (invocation) => (await import("./read.ts")).runRead(invocation),
  },
  {
    name: "connections",
    summary: "List the connections of captures and logs, or count them",
    details:
      "Captures (pcap, pcapng), Zeek's conn.log, firewall logs and conntrack listings, in any mix. Without an option: how they ended, what failed, and the first of them. Ctrl-C prints what has come so far.",
    args: [{ ...evidence, isRequired: true }],
    flags: [
      { flags: "--summary", says: "Print totals only" },
      json,
      { flags: "--ndjson", says: "Print one JSON object a connection" },
      { flags: "--csv", says: "Print comma-separated values with a heading" },
      { flags: "--parquet <file>", says: "Also write a Parquet file", takes: "file" },
      {
        flags: "--state <codes>",
        says: "Only these states, such as S0,REJ",
        takes: "name",
      },
      {
        flags: "--source <address>",
        says: "Only those opened by this address or network (10.1.0.0/16)",
        takes: "name",
      },
      {
        flags: "--to <address[:port]>",
        says: "Only those to this address, network or port (:445)",
        takes: "name",
      },
      {
        flags: "--since <time>",
        says: "Only those that start then or later; 02:15 or ISO 8601, in UTC",
        takes: "name",
      },
      { flags: "--until <time>", says: "Only those that start then or earlier", takes: "name" },
    ],
    examples: [
      ["fourtuple connections sweep.pcap", "how they ended and what failed"],
      ["fourtuple connections sweep.pcap --state S0,REJ --csv", "the failed ones, for a sheet"],
      ["sudo tcpdump -i any -w - tcp or icmp | fourtuple connections -", "until Ctrl-C"],
      ["fourtuple connections conn.log --summary --json", "totals, for a script"],
    ],
    endsItself: true,
    run: async (invocation) => (await import("./connections.ts")).runConnections(invocation),
  },
  {
    name: "collect",
    summary: "Write what a diagnosis needs to a folder",
    details:
      "For another person, or to compare later. It only reads; the folder appears when it is complete.",
    args: [],
    flags: [
      { flags: "-o, --output <folder>", says: "A new folder", takes: "folder" },
      netns,
      {
        flags: "--seconds <n>",
        says: "Time from the first reading to the last (default 6)",
        takes: "number",
      },
      redact,
      json,
    ],
    examples: [
      ["sudo fourtuple collect -o case", "as root it sees more"],
      ["fourtuple collect -o case --redact", "for somebody outside"],
    ],
    run: async (invocation) => (await import("./collect.ts")).runCollect(invocation),
  },
  {
    name: "simulate",
    summary: "Run a scenario: which limit binds first, when, and what its users see",
    details:
      "A scenario is a YAML file of machines, middleboxes, paths and applications; the same file and seed give the same bytes. Exit code: 0 nothing ran dry, 1 a limit bound, 2 could not do it.",
    args: [
      {
        name: "scenario",
        says: "A scenario file; - is standard input",
        isRequired: true,
        isMany: false,
        takes: "file",
      },
    ],
    flags: [
      {
        flags: "--set <key=value>",
        says: "Another value than the file's, such as targets.count=100; may be repeated",
        takes: "name",
        isMany: true,
      },
      { flags: "--seed <n>", says: "Another seed than the file's", takes: "number" },
      { flags: "--for <duration>", says: "Run for so long instead", takes: "name" },
      {
        flags: "--sweep <key=values>",
        says: "Run for many values and find the knee: count=10..500, 10..500/20, 10..1000*7 or 10,20,50",
        takes: "name",
      },
      { flags: "--workers <n>", says: "Runs at a time (default: all cores)", takes: "number" },
      json,
      {
        flags: "--html <file>",
        says: "Also write one self-contained page with charts (- prints it instead)",
        takes: "file",
      },
      { flags: "--attempts", says: "List the first and last attempts too" },
      {
        flags: "--export <kinds>",
        says: "Write what tools would have shown, such as netstat,events,isa-log,pcap or all",
        takes: "name",
      },
      { flags: "-o, --output <folder>", says: "A new folder for --export", takes: "folder" },
      {
        flags: "--host <name>",
        says: "Whose view is exported (default: the first client)",
        takes: "name",
      },
      {
        flags: "--snapshot <times>",
        says: "When the exported sockets are listed, such as 30s,2min",
        takes: "name",
      },
      { flags: "--quiet", says: "Print the verdict only" },
    ],
    examples: [
      ["fourtuple simulate examples/001-management-sweep.yaml", "what binds, and when"],
      ["fourtuple simulate sweep.yaml --set targets.count=100", "with another number of machines"],
      ["fourtuple simulate sweep.yaml --sweep targets.count=10..500", "from where on it fails"],
      ["fourtuple simulate sweep.yaml --export all -o case", "then: fourtuple diagnose case"],
    ],
    endsItself: true,
    run: async (invocation) => (await import("./simulate.ts")).runSimulate(invocation),
  },
  {
    name: "conform",
    summary: "Run TCP lifecycle cases against the simulator's TCP",
    details:
      "Each case for every profile it names. Prints what differs and counts by profile. Exit code: 0 all pass, 1 one fails, 2 one cannot be run.",
    args: [
      {
        name: "cases",
        says: "JSON files of lifecycle cases; - is standard input",
        isRequired: true,
        isMany: true,
        takes: "file",
      },
    ],
    flags: [
      { flags: "--profile <name>", says: "Only this profile", takes: "name" },
      { flags: "--all", says: "Print the cases that pass too" },
      json,
    ],
    examples: [
      ["fourtuple conform cases.json", "what differs, and the counts"],
      ["fourtuple conform cases.json --profile linux --all", "one stack, case by case"],
    ],
    run: async (invocation) => (await import("./conform.ts")).runConform(invocation),
  },
  {
    name: "limits",
    summary: "Show the limits that are known, or everything about one",
    details: "What is counted, where it is set, what the refused one sees, and the ways out.",
    args: [entryId],
    flags: [json, markdown],
    examples: [
      ["fourtuple limits", "all of them, a line each"],
      ["fourtuple limits ephemeral-ports", "everything about one"],
      ["fourtuple limits SNAT exhaustion", "by what others call it"],
    ],
    run: async (invocation) => (await import("./catalogue.ts")).runLimits(invocation),
  },
  {
    name: "profiles",
    summary: "Show the systems and middleboxes that are known, or one",
    details: "Limits and timers with their sources; where sources disagree, both values.",
    args: [entryId],
    flags: [json, markdown],
    examples: [
      ["fourtuple profiles", "all of them, a line each"],
      ["fourtuple profiles 2003-sp1", "one system, value by value"],
      ["fourtuple profiles isa", "every version of a firewall"],
    ],
    run: async (invocation) => (await import("./catalogue.ts")).runProfiles(invocation),
  },
  {
    name: "completion",
    summary: "Print a completion script for a shell",
    details: "The script is made from the same table as this help.",
    args: [
      {
        name: "shell",
        says: "Which shell",
        isRequired: true,
        isMany: false,
        takes: ["bash", "zsh", "fish", "powershell"],
      },
    ],
    flags: [],
    examples: [
      ['eval "$(fourtuple completion bash)"', "in ~/.bashrc"],
      ["fourtuple completion fish | source", "in config.fish"],
    ],
    run: async (invocation) => (await import("./completion.ts")).runCompletion(invocation),
  },
]

/** The command of that name. */
export function commandOf(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name)
}
