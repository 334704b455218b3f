/**
 * The socket table of netstat on Windows, NT 4.0 to 11: any of -a -n -o -b -q -t, any language,
 * also wrapped by an 80-column console (a state, an address or a process id broken across lines)
 * and with the component and [program] lines of -b. Layout after facts/windows.md section 6.1.
 */
import type { SocketObservation } from "../model/observation.ts"
import { type ByteSpan, type RowBatch, takeRows } from "./bulk-batch.ts"
import { WindowsBytes } from "./bulk-netstat.ts"
import { isServiceUnknown } from "./endpoint-texts.ts"
import { isHeaderShaped, netstatCommandOf, windowsHeadingOf } from "./netstat-headers.ts"
import { beginsStateWord, stateOfPrefix } from "./netstat-states.ts"
import { WindowsRows } from "./netstat-windows-row.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const preambleLinesMax = 8
/** A console breaks at 80 columns; copies may have lost a blank. */
const wrappedLengthMin = 76
const joinsMax = 4

export const netstatWindowsReader: Reader = {
  format: "netstat",
  title: "Socket table of netstat (Windows)",
  sniff: (line, ahead) => sniffWindows(line, ahead),
  open: (context) => new WindowsTable(context),
}

const sniffRows = new WindowsRows()

function isRow(line: string): boolean {
  return sniffRows.parse(line) === "row" && !sniffRows.isOverfull && sniffRows.stateText.length < 24
}

function sniffWindows(line: string, ahead: readonly string[]): number {
  if (isRow(line)) return 0.9
  if (netstatCommandOf(line) !== undefined) return tableFollows(ahead) ? 0.8 : 0
  const heading = windowsHeadingOf(line)
  if (heading?.kind === "header") return 0.9
  const next = ahead.findIndex((text) => text.trim() !== "")
  const following = ahead[next] ?? ""
  if (isHeaderShaped(line)) return isRow(following) ? 0.85 : 0
  if (heading !== undefined) return tableFollows(ahead) ? 0.85 : 0
  // A title in a language that is not known: short, above a blank line and a table.
  const isShort = line.length < 60 && !/[\d:\\/]/.test(line)
  if (!isShort || next !== 1 || !isHeaderShaped(following)) return 0
  return isRow(ahead.slice(next + 1).find((text) => text.trim() !== "") ?? "") ? 0.6 : 0
}

/** Whether the lines ahead are headings and blanks up to a table. */
function tableFollows(ahead: readonly string[]): boolean {
  for (const line of ahead) {
    if (line.trim() === "") continue
    if (isRow(line) || windowsHeadingOf(line)?.kind === "header") return true
    if (windowsHeadingOf(line) === undefined && !isHeaderShaped(line) && /[\d:]/.test(line))
      return false
  }
  return false
}

/** A row that may still grow: by the rest of a wrapped line, or by its program. */
type Pending = {
  readonly line: number
  text: string
  joins: number
  fit: "partial" | "row"
  /** The row, when it is complete as it stands. */
  socket: SocketObservation | undefined
  /** Length of the last physical line. */
  lastLength: number
}

class WindowsTable implements Section {
  readonly #context: SectionContext
  readonly #rows = new WindowsRows()
  readonly #tally: TableTally
  #preamble = 0
  #headerSeen = false
  #hasPid = false
  #gap = false
  #rowsSeen = 0
  #pending: Pending | undefined
  #bytes: WindowsBytes | undefined
  #bytesHavePid = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    const fit = this.#rows.parse(text)
    if (fit === "row" && !this.#rows.isOverfull) {
      if (this.#flush()) this.#rows.parse(text)
      this.#row(text)
      return true
    }
    if (text.trim() === "") {
      this.#gap = true
      return true
    }
    if (fit === "none" && this.#continues(text)) return true
    if (fit !== "none") {
      this.#flush()
      this.#hold(text, "partial", undefined)
      return true
    }
    if (this.#rowsSeen === 0 && this.#pending === undefined) return this.#heading(text)
    return !this.#gap && this.#program(text)
  }

  rows(batch: RowBatch, span: ByteSpan): number {
    if (this.#rowsSeen === 0) return span.from
    if (this.#bytes === undefined || this.#bytesHavePid !== this.#hasPid) {
      this.#bytes = new WindowsBytes(this.#hasPid)
      this.#bytesHavePid = this.#hasPid
    }
    const next = takeRows(this.#bytes, batch, span, true)
    if (batch.length === 0) return span.from
    this.#flush()
    this.#gap = false
    this.#rowsSeen += batch.length
    this.#tally.count(batch)
    return next
  }

  end(): void {
    this.#flush()
    this.#tally.end()
  }

  /** Prompt, title and header above the rows. */
  #heading(text: string): boolean {
    if (++this.#preamble > preambleLinesMax) return false
    const heading = windowsHeadingOf(text)
    if (heading !== undefined) this.#context.mark({ dialect: heading.language })
    const command = netstatCommandOf(text)
    if (command !== undefined) {
      if (this.#preamble > 1) return false
      this.#tally.asked(/[aq]/i.test(command.options) ? "all" : "connected")
      return true
    }
    const isHeader = heading?.kind === "header" || isHeaderShaped(text)
    if (isHeader) {
      if (this.#headerSeen) return false
      this.#headerSeen = true
      this.#hasPid = /\bPID\b/.test(text)
      this.#tally.announced()
    }
    return isHeader || heading !== undefined || !this.#headerSeen
  }

  #row(text: string): void {
    this.#rowsSeen++
    this.#gap = false
    const rows = this.#rows
    if (rows.pid >= 0) this.#hasPid = true
    const isStateCut = rows.stateText !== "" && beginsStateWord(rows.stateText)
    const isShort = (rows.protocol === "tcp" && rows.state === undefined) || this.#lacksPid()
    if (isStateCut || (isShort && rows.stateText === "")) {
      this.#hold(text, "partial", undefined)
      return
    }
    this.#hold(text, "row", this.#socket(this.#context.lineNumber()))
  }

  #lacksPid(): boolean {
    return this.#hasPid && this.#rows.pid < 0
  }

  #hold(text: string, fit: "partial" | "row", socket: SocketObservation | undefined): void {
    const line = this.#context.lineNumber()
    this.#pending = { line, text, joins: 0, fit, socket, lastLength: text.length }
  }

  /** Tries the line as the rest of a wrapped row. */
  #continues(text: string): boolean {
    const pending = this.#pending
    if (pending === undefined || this.#gap || text.length > 120) return false
    if (pending.fit === "row" && !this.#mayBeTail(pending, text)) return false
    for (const joined of [pending.text + text, `${pending.text.trimEnd()} ${text.trim()}`]) {
      if (!this.#completes(joined)) continue
      pending.text = joined
      pending.fit = "row"
      pending.socket = this.#socket(pending.line)
      pending.lastLength = text.length
      if (pending.joins++ === 0) {
        const says = "The console wrapped this row; it was joined again"
        this.#context.odd("row-wrapped", says, pending.line)
      }
      return true
    }
    if (pending.fit === "row" || pending.lastLength < wrappedLengthMin) return false
    if (pending.joins === joinsMax) return false
    if (this.#rows.parse(pending.text + text) === "none") return false
    if (pending.joins++ === 0)
      this.#context.odd("row-wrapped", "The console wrapped this row", pending.line)
    pending.text += text
    pending.lastLength = text.length
    return true
  }

  /** A row complete as it stands may go on with the rest of its state word or of its process id. */
  #mayBeTail(pending: Pending, text: string): boolean {
    const tail = text.trimEnd()
    if (/^[A-Z_\d]{1,12}$/i.test(tail) && !/^\d+$/.test(tail)) return true
    return pending.lastLength >= wrappedLengthMin && /^\s*\d{1,7}$/.test(tail)
  }

  #completes(text: string): boolean {
    const rows = this.#rows
    if (rows.parse(text) !== "row" || rows.isOverfull || rows.stateText !== "") return false
    if (rows.protocol === "tcp" && rows.state === undefined) return false
    return !this.#lacksPid()
  }

  #socket(line: number): SocketObservation | undefined {
    const { local, remote, protocol, pid } = this.#rows
    if (local === undefined || remote === undefined) return undefined
    const state = this.#state()
    if (isServiceUnknown(local)) this.#tally.serviceUnknown(local.service ?? "", line)
    if (isServiceUnknown(remote)) this.#tally.serviceUnknown(remote.service ?? "", line)
    const at = this.#context.here(line)
    if (state === undefined) {
      if (pid < 0) return { kind: "socket", protocol, local, remote, at }
      return { kind: "socket", protocol, local, remote, pid, at }
    }
    if (pid < 0) return { kind: "socket", protocol, state, local, remote, at }
    return { kind: "socket", protocol, state, local, remote, pid, at }
  }

  #state(): SocketObservation["state"] {
    const { state, stateText, remote, protocol } = this.#rows
    if (state !== undefined || protocol === "udp" || stateText === "") return state
    // Only a listener has no foreign port, whatever the word for it.
    const isListener = remote?.port === 0 || remote?.address === "*"
    const readAs = isListener ? "LISTEN, since the foreign port is 0" : undefined
    this.#tally.stateUnknown(stateText, readAs)
    return isListener ? "LISTEN" : undefined
  }

  /**
   * The lines of -b under a row: components, the program in brackets, or that it could not be told.
   */
  #program(text: string): boolean {
    const pending = this.#pending
    const isIndented = text.startsWith(" ") || text.startsWith("\t")
    const name = text.trim()
    if (pending?.socket !== undefined && name.startsWith("[") && name.endsWith("]")) {
      pending.socket = { ...pending.socket, process: name.slice(1, -1) }
      return true
    }
    if (!isIndented || name.length > 100 || pending === undefined) return false
    return pending.fit === "row" && !/^\S+\s{2,}\S/.test(name)
  }

  /** True when a cut row had to be parsed again, so that #rows no longer holds the present line. */
  #flush(): boolean {
    const pending = this.#pending
    if (pending === undefined) return false
    this.#pending = undefined
    const socket = pending.socket ?? this.#cutSocket(pending)
    if (socket !== undefined) this.#tally.emit(socket)
    return pending.socket === undefined
  }

  /** A row that ended early: what it says is kept, and that it was cut is said. */
  #cutSocket(pending: Pending): SocketObservation | undefined {
    const rows = this.#rows
    const keep = rows.parse(pending.text)
    if (keep !== "row" || rows.remote === undefined) {
      const name = /\s\S+\s+\S+\s+\S/.test(pending.text) ? "row-malformed" : "row-truncated"
      this.#context.odd(
        name,
        `The row is not complete: "${pending.text.trim().slice(0, 80)}"`,
        pending.line,
      )
      return undefined
    }
    if (rows.stateText !== "") {
      this.#context.odd("row-truncated", `The state is cut: "${rows.stateText}"`, pending.line)
      rows.state = stateOfPrefix(rows.stateText)
      rows.stateText = ""
    }
    return this.#socket(pending.line)
  }
}
