/**
 * `ss` of iproute2, any options: -t -u -a -n -p -o -i -e -m -O -H -Q -B. Rows are parsed in
 * ss-row.ts and what follows them in ss-extras.ts; this file is the section: continuation lines,
 * wraps, what the listing covers. Follows iproute2 misc/ss.c from 2.6.32 (no brackets, no Process
 * column) to 6.x.
 */
import { type State, stateCode } from "../model/state.ts"
import { type ByteSpan, type RowBatch, takeRows } from "./bulk-batch.ts"
import { SsBytes } from "./bulk-ss.ts"
import type { FileHint, Reader, Section, SectionContext } from "./reader.ts"
import { addSsExtras, type OpenSocket } from "./ss-extras.ts"
import { parseSsCommand, type SsRequest, ssRequestOf, ssRequestOfFile } from "./ss-request.ts"
import { type SsRow, SsRowParser, ssStates } from "./ss-row.ts"

export const ssReader: Reader = {
  format: "ss",
  title: "Sockets listed by ss (iproute2)",
  sniff: (line, ahead, file) => sniffSs(line, ahead, file),
  open: (context) => new SsSection(context),
}

const listen = stateCode("LISTEN")
const bound = stateCode("BOUND")
const sniffParser = new SsRowParser()

function sniffSs(line: string, ahead: readonly string[], file: FileHint): number {
  const first = line.charCodeAt(0)
  if (isHeader(line)) return 0.95
  if (parseSsCommand(line) !== undefined) return ahead.some(isSsOutput) ? 0.9 : 0
  if (Number.isNaN(first)) return 0
  const row = sniffParser.parse(line)
  if (row === undefined) return 0
  if (row.protocol === "other") return 0.7
  if (row.state !== undefined) return 0.85
  if (row.stateText !== undefined) return row.receiveQueue === undefined ? 0 : 0.6
  if (endsWithState(line)) return 0
  return /(?:^|[^a-z])ss(?:[^a-z]|$)/.test(file.name) ? 0.8 : 0.55
}

/** "tcp 0 0 a:1 b:2 ESTABLISHED" is netstat's order of columns. */
function endsWithState(line: string): boolean {
  const match = /\s([A-Z][A-Z0-9_-]{3,12})\s*(?:\S+\s*)?$/.exec(line.slice(0, 300))
  return match !== null && (ssStates.has(match[1] ?? "") || /_/.test(match[1] ?? ""))
}

function isSsOutput(line: string): boolean {
  return isHeader(line) || sniffParser.parse(line) !== undefined
}

function isHeader(line: string): boolean {
  const peer = line.indexOf("Peer Address:Port")
  return peer > 0 && line.includes("Local Address:Port") && line.trimStart().length < 200
}

/** Continuation lines that a terminal or an old ss put at the left edge. */
const continuation = new RegExp(
  [
    String.raw`^(?:users:\(|timer:\(|uid:|ino:|sk:|skmem:\(|mem:\(|cgroup:|`,
    "ts |sack |cubic |bbr |reno |dctcp |wscale:|rto:|rtt:|<->|-->|fwmark:)",
  ].join(""),
)

/**
 * Two queues and two endpoints behind something that is no state: a damaged row, not another
 * output.
 */
const damagedRow = /^\S+\s+\S*\d\S*\s+\S*\d\S*\s+\S*[.:*\]]\S*\s+\S*[.:*\]]\S*/

class SsSection implements Section {
  readonly #context: SectionContext
  readonly #parser = new SsRowParser()
  #request: SsRequest
  #pending: OpenSocket | undefined
  #protocol: "tcp" | "udp" = "tcp"
  #isModern = false
  #hasHeader = false
  #rows = 0
  #listening = 0
  #bound = 0
  #stateless = false
  #cut = ""
  #cutLine = 0
  /** After a unix or netlink row: its continuation lines are not ours either. */
  #skipsRest = false
  #bytes: SsBytes | undefined

  constructor(context: SectionContext) {
    this.#context = context
    this.#request = ssRequestOfFile(context.file)
    this.#protocol = this.#request.protocol ?? "tcp"
  }

  line(text: string): boolean {
    const first = text.charCodeAt(0)
    if (first <= 32 || Number.isNaN(first)) return this.#continue(text)
    const row = this.#parser.parse(text)
    if (row !== undefined) {
      if (this.#cut !== "") this.#giveUpCut()
      this.#row(row, text)
      return true
    }
    return this.#other(text)
  }

  rows(batch: RowBatch, span: ByteSpan): number {
    if (this.#cut !== "" || this.#protocol !== "tcp") return span.from
    this.#bytes ??= new SsBytes(this.#request.state)
    const next = takeRows(this.#bytes, batch, span, true)
    if (batch.length === 0) return span.from
    this.#flush()
    this.#skipsRest = false
    this.#rows += batch.length
    this.#listening += batch.countOf(listen)
    this.#bound += batch.countOf(bound)
    return next
  }

  end(): void {
    this.#flush()
    if (this.#cut !== "") this.#giveUpCut()
    const { covers } = this.#request
    const seen = this.#coverageSeen()
    const mark = { system: "linux", dialect: "iproute2" }
    this.#context.mark((covers ?? seen) ? { ...mark, covers: covers ?? seen ?? "all" } : mark)
  }

  #coverageSeen(): "all" | "connected" | "listening" | "bound" | undefined {
    if (this.#rows === 0) return undefined
    if (this.#bound === this.#rows) return "bound"
    if (this.#listening === this.#rows) return "listening"
    return this.#listening > 0 ? "all" : "connected"
  }

  #other(text: string): boolean {
    if (isHeader(text)) return this.#header(text)
    if (continuation.test(text)) return this.#continue(text)
    const shell = this.#rows === 0 && !this.#hasHeader ? parseSsCommand(text) : undefined
    if (shell !== undefined) {
      this.#request = ssRequestOf(shell.words)
      this.#protocol = this.#request.protocol ?? "tcp"
      if (shell.host !== undefined) this.#context.mark({ host: shell.host })
      return true
    }
    if (/^(?:Failed to find cgroup2|RTNETLINK answers|Cannot open netlink)/.test(text)) return true
    return this.#joinCut(text)
  }

  #header(text: string): boolean {
    if (this.#hasHeader || this.#rows > 0) return false
    this.#hasHeader = true
    this.#isModern = text.includes("Process")
    return true
  }

  #row(row: SsRow, text: string): void {
    this.#flush()
    this.#skipsRest = row.protocol === "other"
    if (row.protocol === "other") return
    const protocol = row.protocol ?? this.#protocol
    const isUdp = protocol === "udp"
    const state = isUdp ? undefined : this.#stateOf(row)
    const at = this.#context.here()
    const socket: OpenSocket = {
      kind: "socket",
      protocol,
      local: row.local,
      remote: row.remote,
      at,
    }
    if (state !== undefined) socket.state = state
    if (row.receiveQueue !== undefined) socket.receiveQueue = row.receiveQueue
    if (row.sendQueue !== undefined) socket.sendQueue = row.sendQueue
    if (!isUdp) {
      this.#rows++
      if (state === "LISTEN") this.#listening++
      else if (state === "BOUND") this.#bound++
    }
    this.#pending = socket
    if (row.rest < text.length) this.#extras(text.slice(row.rest))
  }

  #stateOf(row: SsRow): State | undefined {
    if (row.state !== undefined) {
      // A closed socket that owns a port can be listed only because it is bound (since Linux 6.8).
      if (row.state === "CLOSED" && row.local.port !== undefined) return "BOUND"
      return row.state
    }
    if (row.stateText !== undefined) {
      this.#context.odd("state-unknown", `No state is called ${row.stateText}`)
      return undefined
    }
    if (this.#request.state !== undefined) return this.#request.state
    if (row.remote.port === undefined && row.remote.service === undefined) {
      const isIdle = row.receiveQueue === 0 && row.sendQueue === 0
      return isIdle && this.#isModern ? "BOUND" : "LISTEN"
    }
    if (!this.#stateless) {
      this.#stateless = true
      const says =
        "One state was filtered, so ss printed no State column: which one is not in the text"
      this.#context.odd("state-unknown", says)
    }
    return undefined
  }

  #continue(text: string): boolean {
    if (text.trim() === "") return true
    if (this.#cut !== "") return this.#joinCut(text.trim())
    const row = this.#parser.parse(text)
    if (row !== undefined) {
      this.#row(row, text)
      return true
    }
    if (isHeader(text)) return this.#header(text)
    if (this.#pending !== undefined) this.#extras(text)
    else if (!this.#skipsRest) return false
    return true
  }

  #extras(text: string): void {
    const pending = this.#pending
    if (pending === undefined || text.trim() === "") return
    if (!addSsExtras(pending, text)) {
      this.#context.odd("row-truncated", "The row ends inside users:((…)) or timer:(…)")
    }
    // A filter's state that the text does not give, told by the timer.
    if (pending.state === undefined && pending.protocol === "tcp" && pending.timer === "timewait") {
      pending.state = "TIME-WAIT"
    }
  }

  /** A line that begins like a row: keep it, the rest may stand on the next line. */
  #joinCut(text: string): boolean {
    if (this.#cut !== "") {
      const cut = this.#cut
      const line = this.#cutLine
      for (const glue of [" ", ""]) {
        const row = this.#parser.parse(cut + glue + text)
        if (row === undefined || row.protocol === "other") continue
        this.#cut = ""
        this.#context.odd("row-wrapped", "A row was wrapped and is joined with the next line", line)
        this.#row(row, cut + glue + text)
        return true
      }
      this.#giveUpCut()
    }
    if (!beginsLikeRow(text)) {
      if (this.#rows === 0 || !damagedRow.test(text.slice(0, 400))) return false
      this.#context.odd("row-malformed", `Not a row of ss: ${text.slice(0, 80)}`)
      return true
    }
    this.#flush()
    this.#cut = text
    this.#cutLine = this.#context.lineNumber()
    return true
  }

  #giveUpCut(): void {
    const says = `Not a row of ss: ${this.#cut.slice(0, 80)}`
    this.#context.odd("row-malformed", says, this.#cutLine)
    this.#cut = ""
  }

  #flush(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    this.#context.emit(pending)
  }
}

function beginsLikeRow(text: string): boolean {
  const [first = "", second = ""] = text.slice(0, 60).split(/\s+/, 2)
  if (ssStates.has(first)) return second === "" || /^[\d[*]/.test(second)
  return (first === "tcp" || first === "udp") && (ssStates.has(second) || /^\d+$/.test(second))
}
