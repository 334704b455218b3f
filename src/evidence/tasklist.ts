/**
 * Process listings, as far as they give a name to a pid: `tasklist` (columns by its ruler, any
 * language), its CSV form, `Get-Process`, `ps aux` and `ps -ef`. One fact "process" {pid, name} a
 * row.
 */
import { BLANKS, type Reader, type Section, type SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const rowsMax = 50_000
/** Image name, pid, session name (may be absent), session number, memory. */
const taskRuler = /^=+ =+ =+ =+ =+\s*$/
const taskRow =
  /^(\S.{0,24}?)\s+(\d{1,8})\s+(?:(\S+)\s+)?(\d{1,4})\s+[\d.,'\s\u00a0\u202f]+ ?\S{1,3}\s*$/
const taskCsv = /^"([^"]{1,100})","(\d{1,8})","([^"]*)","(\d{1,4})","[^"]*"/

export const tasklistReader: Reader = shortLines({
  format: "tasklist",
  title: "tasklist",
  sniff(line, ahead) {
    if (line.startsWith("=")) return taskRuler.test(line) ? 0.8 : 0
    if (line.startsWith('"')) return taskCsv.test(line) ? 0.8 : 0
    return taskRuler.test(ahead[0] ?? "") && /PID/i.test(line) ? 0.9 : 0
  },
  open(context) {
    let lines = 0
    context.mark({ system: "windows" })
    return {
      line(text) {
        if (text.trim() === "" || taskRuler.test(text)) return true
        const match = taskCsv.exec(text) ?? taskRow.exec(text)
        if (match !== null) return emitProcess(context, match[2] ?? "", match[1] ?? "")
        return ++lines <= 1 && /PID/i.test(text)
      },
    }
  },
})

/** `Get-Process`: the order of columns differs by version, so the header gives it. */
export const getProcessReader: Reader = shortLines({
  format: "get-process",
  title: "Get-Process",
  sniff(line, ahead) {
    if (!/\bId\b.*\bProcessName\s*$/.test(line)) return 0
    return /^\s*-+( +-+)+\s*$/.test(ahead[0] ?? "") ? 0.9 : 0
  },
  open(context) {
    let started = false
    let row = /^.*\s(\d{1,8})\s+(\S.*?)\s*$/
    context.mark({ system: "windows" })
    return {
      line(text) {
        if (text.trim() === "") return true
        if (/^\s*-+( +-+)+\s*$/.test(text)) {
          started = true
          return true
        }
        if (!started) {
          if (/\bId\s+SI\s/.test(text)) row = /^.*\s(\d{1,8})\s+\d{1,5}\s+(\S.*?)\s*$/
          return /ProcessName\s*$/.test(text)
        }
        const match = row.exec(text)
        if (match === null || !/^\s*[\d.,]/.test(text)) return false
        return emitProcess(context, match[1] ?? "", match[2] ?? "")
      },
    }
  },
})

type Columns = { readonly pid: number; readonly command: number }

/**
 * ps with a header that has PID and CMD or COMMAND; the columns before the command are single
 * words.
 */
export const psReader: Reader = shortLines({
  format: "ps",
  title: "ps",
  begins: `${BLANKS}FPU`,
  sniff: (line) =>
    /^\s*(?:USER|UID|PID|F)\s/.test(line) && columnsOf(line) !== undefined ? 0.85 : 0,
  open: psSection,
})

function psSection(context: SectionContext): Section {
  let columns: Columns | undefined
  return {
    line(text) {
      if (text.trim() === "") return columns === undefined
      if (columns === undefined) {
        columns = columnsOf(text)
        return columns !== undefined
      }
      const words = text.trim().split(/\s+/)
      const pid = words[columns.pid] ?? ""
      const command = words[columns.command]
      if (!/^\d{1,8}$/.test(pid) || command === undefined) return false
      return emitProcess(context, pid, programName(command))
    },
  }
}

function columnsOf(header: string): Columns | undefined {
  const words = header.trim().split(/\s+/)
  const pid = words.indexOf("PID")
  const command = words.findIndex((word) => word === "CMD" || word === "COMMAND")
  return pid >= 0 && command > pid && command === words.length - 1 ? { pid, command } : undefined
}

/** "/usr/sbin/nginx:" → "nginx"; kernel threads keep their brackets. */
function programName(command: string): string {
  if (command.startsWith("[")) return command
  return command.slice(command.lastIndexOf("/") + 1).replace(/:$/, "")
}

const counts = new WeakMap<SectionContext, number>()

function emitProcess(context: SectionContext, pid: string, name: string): boolean {
  const count = (counts.get(context) ?? 0) + 1
  counts.set(context, count)
  if (count === rowsMax + 1) {
    context.odd("section-too-large", `Only ${rowsMax} processes are kept`)
  }
  if (count > rowsMax || name === "") return true
  const data = { pid: Number(pid), name }
  context.emit({ kind: "fact", name: "process", data, at: context.here() })
  return true
}
