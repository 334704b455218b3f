/**
 * Limits of a process on open files and processes: /proc/PID/limits, prlimit(1), `ulimit -a` of
 * bash, zsh, dash, ksh and busybox, LimitNOFILE= of `systemctl show`, `launchctl limit`. Settings
 * nofile.soft, nofile.hard, nproc.soft, nproc.hard; `of` says whose: "pid 812", "unit
 * nginx.service", "launchd", "shell".
 */
import { BLANKS, type FileHint, type Reader, type SectionContext } from "./reader.ts"
import { parseShellLine, programOf } from "./shell-line.ts"

/** What we keep, by the words each tool uses for it. */
const resourceOf: Readonly<Record<string, "nofile" | "nproc">> = {
  "max open files": "nofile",
  "max processes": "nproc",
  "open files": "nofile",
  "file descriptors": "nofile",
  nofiles: "nofile",
  nofile: "nofile",
  "max user processes": "nproc",
  processes: "nproc",
  process: "nproc",
  nproc: "nproc",
  maxfiles: "nofile",
  maxproc: "nproc",
  descriptors: "nofile",
  maxfilesperproc: "nofile",
}

/** No row of these listings is longer; a longer line is another matter and must not cost time. */
const rowLengthMax = 300

function matchRow(pattern: RegExp, text: string): RegExpExecArray | null {
  return text.length > rowLengthMax ? null : pattern.exec(text)
}

type Limits = { readonly soft?: string | undefined; readonly hard?: string | undefined }

function emitLimit(context: SectionContext, name: string, limits: Limits, of: string): void {
  const resource = resourceOf[name.trim().toLowerCase()]
  if (resource === undefined) return
  for (const [kind, text] of [
    ["soft", limits.soft],
    ["hard", limits.hard],
  ] as const) {
    if (text === undefined) continue
    const value = limitValue(text)
    if (value === undefined) {
      context.odd("value-malformed", `${name}: ${text.slice(0, 40)}`)
      continue
    }
    const at = context.here()
    context.emit({ kind: "setting", name: `${resource}.${kind}`, value, of, at })
  }
}

function limitValue(text: string): number | "unlimited" | undefined {
  if (/^(?:unlimited|infinity|-1|18446744073709551615|9223372036854775807)$/.test(text)) {
    return "unlimited"
  }
  return /^\d{1,19}$/.test(text) ? Number(text) : undefined
}

/** "…/proc/812/limits", "limits-812.txt", "proc_812_limits" → "pid 812". */
function processOfFile(file: FileHint): string {
  const path = /(?:^|[/_.-])(\d{1,10})[/_.-]limits(?:\.\w+)?$/.exec(file.path)
  const name = /limits?[-_.](?:pid[-_.]?)?(\d{1,10})\b/.exec(file.name)
  const pid = path?.[1] ?? name?.[1]
  return pid === undefined ? "process" : `pid ${Number(pid)}`
}

const procRow = /^(Max [a-z -]+?)\s{2,}(\S+)\s+(\S+)\s*(\S*)\s*$/

/** /proc/PID/limits, with `cat /proc/812/limits`, `==> … <==` or "pid 812" before it. */
export const procLimitsReader: Reader = {
  format: "proc-limits",
  title: "Limits of a process, /proc/PID/limits",
  sniff: (line, ahead) => {
    if (/^Limit\s+Soft Limit\s+Hard Limit/.test(line)) return 0.95
    if (line.startsWith("Max ") && matchRow(procRow, line) !== null) return 0.9
    if (!/\d/.test(line) || processOfLine(line) === undefined) return 0
    return ahead.slice(0, 2).some((next) => /^Limit\s+Soft Limit/.test(next)) ? 0.95 : 0
  },
  open: (context) => {
    let of = processOfFile(context.file)
    let rows = 0
    let isHeaded = false
    return {
      line: (text) => {
        if (text.trim() === "") return true
        if (/^Limit\s+Soft Limit/.test(text)) {
          if (isHeaded || rows > 0) return false
          isHeaded = true
          return true
        }
        const row = matchRow(procRow, text)
        if (row !== null) {
          rows++
          emitLimit(context, row[1] ?? "", { soft: row[2], hard: row[3] }, of)
          return true
        }
        if (text.startsWith("Max ") && isHeaded) {
          context.odd("row-truncated", `Not a row of limits: ${text.slice(0, 60)}`)
          return true
        }
        const named = isHeaded ? undefined : processOfLine(text)
        if (named === undefined) return false
        of = named
        return true
      },
      end: () => context.mark({ system: "linux" }),
    }
  },
}

/** "pid 812", "PID: 812 (nginx)", "$ cat /proc/812/limits", "==> /proc/812/limits <==" */
function processOfLine(line: string): string | undefined {
  if (line.length > 300) return undefined
  const match = /\/proc\/(\d{1,10})\/limits|^\W*pid[\s:=#]+(\d{1,10})\b/i.exec(line)
  const pid = match?.[1] ?? match?.[2]
  return pid === undefined ? undefined : `pid ${Number(pid)}`
}

const prlimitRow = /^([A-Z]{2,10})\s+\S.*?\s(\d+|unlimited)\s+(\d+|unlimited)(?:\s+[a-z]+)?\s*$/

/** `prlimit` and `prlimit --pid N`. */
export const prlimitReader: Reader = {
  format: "prlimit",
  title: "Limits of a process, prlimit",
  sniff: (line, ahead) => {
    if (/^RESOURCE\s+DESCRIPTION\s+SOFT/.test(line)) return 0.95
    if (!line.includes("prlimit")) return 0
    return ahead.some((next) => /^RESOURCE\s+DESCRIPTION/.test(next)) ? 0.95 : 0
  },
  open: (context) => {
    const pid = /prlimit[-_.](?:pid[-_.]?)?(\d{1,10})/.exec(context.file.name)?.[1]
    let of = pid === undefined ? "shell" : `pid ${Number(pid)}`
    return {
      line: (text) => {
        if (text.trim() === "" || /^RESOURCE\s/.test(text)) return true
        const row = matchRow(prlimitRow, text)
        if (row !== null) {
          emitLimit(context, row[1] ?? "", { soft: row[2], hard: row[3] }, of)
          return true
        }
        if (text.length > rowLengthMax) return false
        const asked = /prlimit\b.*?(?:-p|--pid)[ =]?(\d{1,10})/.exec(text)?.[1]
        if (asked !== undefined) of = `pid ${Number(asked)}`
        return asked !== undefined || /\bprlimit\b/.test(text)
      },
      end: () => context.mark({ system: "linux" }),
    }
  },
}

/**
 * bash "open files (-n) 1024", busybox "open files (-n) 1024", zsh "-n: file descriptors 1024",
 * dash "nofiles 1024", ksh "nofile(descriptors) (-n) 1024", csh "descriptors 1024".
 */
const ulimitRows: readonly RegExp[] = [
  /^-([a-zA-Z]|N \d+): (.+?)\s{2,}(\S+)\s*$/,
  /^([a-zA-Z][\w ()/,-]*?)\s+\((?:[\w .-]+, )?-([a-zA-Z])\)\s+(\S+)\s*$/,
  /^([a-z][a-z ]*(?:\([a-z0-9 -]+\))?)\s+(unlimited|\d+)\s*$/,
]
const ulimitNames = new RegExp(
  [
    "^(?:real-time|core ?file|core|data|scheduling|file size|file|pending|",
    "max (?:locked|memory|user)|open files|pipe|POSIX|stack|cpu|virtual|time|coredump|memory|",
    "locked|process|nofile|vmemory|locks|rtprio|address|resident|descriptors|maxproc|swap|",
    "threads|socket|nproc|sigpend|msgqueue)",
  ].join(""),
)

export const ulimitReader: Reader = {
  format: "ulimit",
  title: "Limits of the shell, ulimit -a",
  sniff: (line, ahead) => {
    if (ulimitOf(line) === undefined) return 0
    return ahead.slice(0, 3).some((next) => ulimitOf(next) !== undefined) ? 0.85 : 0
  },
  open: (context) => {
    const isHard = /ulimit.*-[a-z]*H/i.test(context.file.name) && /H/.test(context.file.path)
    return {
      line: (text) => {
        if (text.trim() === "") return true
        const row = ulimitOf(text)
        if (row === undefined) return false
        const limits = isHard ? { hard: row.value } : { soft: row.value }
        emitLimit(context, row.name, limits, "shell")
        return true
      },
    }
  },
}

function ulimitOf(line: string): { readonly name: string; readonly value: string } | undefined {
  if (line.length > 120 || line.length < 5) return undefined
  const [zsh, bracketed, plain] = ulimitRows
  const first = zsh?.exec(line)
  if (first !== null && first !== undefined) return { name: first[2] ?? "", value: first[3] ?? "" }
  const match = line.includes("-") ? (bracketed?.exec(line) ?? null) : null
  const last = line.trimEnd().slice(-1)
  const mayBePlain = match === null && (last === "d" || (last >= "0" && last <= "9"))
  const other = mayBePlain ? (plain?.exec(line) ?? null) : null
  const name = match?.[1] ?? other?.[1]
  const value = match?.[3] ?? other?.[2]
  if (name === undefined || value === undefined || !ulimitNames.test(name)) return undefined
  return { name: name.replace(/\s*\(.*$/, ""), value }
}

const systemdRow = /^(?:Default)?Limit(NOFILE|NPROC)(Soft)?=(\S+)\s*$/

/** `systemctl show UNIT`, unit files and system.conf: LimitNOFILE=, LimitNOFILESoft=. */
export const systemdLimitsReader: Reader = {
  format: "systemd-limits",
  title: "Limits of a systemd unit",
  begins: "DL",
  sniff: (line) =>
    /^(?:Default)?Limit(?:NOFILE|NPROC)/.test(line) && matchRow(systemdRow, line) !== null
      ? 0.9
      : 0,
  open: (context) => {
    const unit = /([\w@.-]+\.(?:service|scope|slice|conf))/.exec(context.file.path)?.[1]
    return {
      line: (text) => {
        if (text.trim() === "" || /^(?:Default)?Limit[A-Z]+(?:Soft)?=\S*\s*$/.test(text)) {
          const row = matchRow(systemdRow, text)
          if (row !== null) emitSystemd(context, row, unit ?? "systemd")
          return true
        }
        return false
      },
      end: () => context.mark({ system: "linux" }),
    }
  },
}

/** "LimitNOFILE=1024:524288" is soft:hard; `systemctl show` gives the hard one and …Soft apart. */
function emitSystemd(context: SectionContext, row: RegExpExecArray, unit: string): void {
  const [, name = "", soft, value = ""] = row
  const [first, second] = value.split(":")
  const of = `unit ${unit}`
  if (soft !== undefined) emitLimit(context, name, { soft: first }, of)
  else if (second !== undefined) emitLimit(context, name, { soft: first, hard: second }, of)
  else emitLimit(context, name, { hard: first }, of)
}

const launchctlRow =
  /^\s+(maxfiles|maxproc|cpu|filesize|data|stack|core|rss|memlock)\s+(\S+)\s+(\S+)\s*$/

/** macOS `launchctl limit`. */
export const launchctlReader: Reader = {
  format: "launchctl-limit",
  title: "Limits of launchd",
  begins: BLANKS,
  sniff: (line, ahead) => {
    if (!/^\s+(?:cpu|maxfiles|maxproc)\s/.test(line)) return 0
    if (matchRow(launchctlRow, line) === null) return 0
    return line.includes("maxfiles") || ahead.some((next) => matchRow(launchctlRow, next) !== null)
      ? 0.9
      : 0
  },
  open: (context) => ({
    line: (text) => {
      const row = matchRow(launchctlRow, text)
      if (row === null) return text.trim() === ""
      emitLimit(context, row[1] ?? "", { soft: row[2], hard: row[3] }, "launchd")
      return true
    },
    end: () => context.mark({ system: "macos" }),
  }),
}

/** A prompt that asks for one limit ("ulimit -n", "ulimit -Hn"); its answer is a bare value. */
export function ulimitAsked(line: string): "soft" | "hard" | undefined {
  if (!line.includes("ulimit")) return undefined
  const words = parseShellLine(line)?.words ?? []
  if (programOf(words[0] ?? "") !== "ulimit") return undefined
  const flags = words.slice(1).join("")
  if (!/^-[SH]?-?[SH]?n[SH]?$/.test(flags)) return undefined
  return flags.includes("H") ? "hard" : "soft"
}

/** Takes the bare value that answers `ulimit -n`. */
export function emitUlimitAnswer(
  context: SectionContext,
  kind: "soft" | "hard",
  text: string,
): void {
  emitLimit(context, "nofile", { [kind]: text.trim() }, "shell")
}

/** Every reader of this file. */
export const limitReaders: readonly Reader[] = [
  procLimitsReader,
  prlimitReader,
  ulimitReader,
  systemdLimitsReader,
  launchctlReader,
]
