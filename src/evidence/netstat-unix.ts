/**
 * The socket table of netstat on Linux (net-tools with any of -t -u -a -n -p -o -e -c -W, busybox),
 * macOS, FreeBSD and the other BSDs, AIX and HP-UX. Each repetition of -c is a section of its own,
 * so that several samples in one file stay apart. Header words of net-tools after its message
 * catalogues.
 */
import type { SocketObservation } from "../model/observation.ts"
import { type ByteSpan, type RowBatch, takeRows } from "./bulk-batch.ts"
import { UnixBytes } from "./bulk-netstat.ts"
import { isServiceUnknown } from "./endpoint-texts.ts"
import { beginsStateWord, stateOfPrefix } from "./netstat-states.ts"
import {
  bsdExtras,
  type ExtraColumns,
  extraColumnsOf,
  linuxExtras,
  noExtraColumns,
} from "./netstat-unix-columns.ts"
import { UnixRows } from "./netstat-unix-row.ts"
import type { Reader, Section, SectionContext, SectionMark } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

export const netstatUnixReader: Reader = {
  format: "netstat",
  title: "Socket table of netstat (Linux, macOS, BSD)",
  sniff: (line) => sniffUnix(line),
  open: (context) => new UnixTable(context),
}

const sniffRows = new UnixRows()
/** Titles of macOS, the BSDs and net-tools, the latter in the languages of the catalogues of it and Ubuntu. */
const titleWords = [
  "Active Internet conn",
  "Active Multipath",
  "Aktive Internetverbindungen",
  "Connexions Internet actives",
  "Conexões Internet Ativas",
  "Aktivní Internetová spojení",
  "稼働中のインターネット接続",
  "Aktiivsed internetiühendused",
  "Conexiones activas de Internet",
  "Connessioni Internet attive",
  "Активные соединения с интернетом",
  "激活Internet连接",
]
const titles = new RegExp(`^(${titleWords.join("|")})`)

const header = /^Proto(colo)? +(\S+-[QF] +\S+-[QF] |VvJrk|Rexmit|Recib +Enviad|CodaRic +CodaInv)/
/** With -A each row begins with the address of its control block: AIX, FreeBSD, macOS. */
const blockHeader = /^(PCB\/ADDR|Tcpcb|Inpcb|Socket|PCB) +(?=Proto )/
const blockAddress = /^ *[\da-f]{8,16} +(?=(tcp|udp)\S* )/
const letterT = 116
const letterU = 117
const space = 32
const tab = 9
const wrappedLengthMin = 78
const joinsMax = 3
const noteWords = [
  "Not all processes could",
  "No info could be read",
  "will not be shown, you would",
  "No todos los procesos pueden",
  "no se mostrarán, necesita ser",
  "并非所有进程都能",
]
const notes = new RegExp(`^ ?[(（]?(${noteWords.join("|")})`)
const otherFamilies = /^(raw6?|icm4|icm6|icm46|icmp|igmp|sctp|ip|div|l2cap) /

function sniffUnix(line: string): number {
  const code = line.charCodeAt(0)
  if (code === letterT || code === letterU) return isSoundRow(line) ? 0.9 : 0
  // Pasted tables may be indented.
  const text = code === space || code === tab ? line.trimStart() : line
  if (titles.test(text) || isHeader(text)) return 0.9
  if (notes.test(line)) return 0.6
  return text !== line && isSoundRow(line) ? 0.85 : 0
}

function isHeader(line: string): boolean {
  return line.startsWith("Proto") ? header.test(line) : blockHeader.test(line)
}

function isSoundRow(line: string): boolean {
  return sniffRows.parse(line) && isSound(sniffRows)
}

/** Entries of conntrack -L begin like rows: "tcp 6 431999 ESTABLISHED src=…". */
function isConntrack(line: string): boolean {
  return line.includes(" src=")
}

function isSound(rows: UnixRows): boolean {
  return rows.local !== undefined && rows.remote !== undefined
}

class UnixTable implements Section {
  readonly #context: SectionContext
  readonly #rows = new UnixRows()
  readonly #tally: TableTally
  #columns: ExtraColumns = noExtraColumns
  #hasExtras = false
  #hasBlocks = false
  #headings = 0
  #header = ""
  #rowsSeen = 0
  #socket: SocketObservation | undefined
  #text = ""
  #line = 0
  #joins = 0
  #bytes: UnixBytes | undefined

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
  }

  line(whole: string): boolean {
    const text = this.#hasBlocks ? whole.replace(blockAddress, "") : whole
    if (this.#rows.parse(text)) {
      if (!isSound(this.#rows) && isConntrack(text)) return false
      if (this.#flush()) this.#rows.parse(text)
      this.#hold(this.#context.lineNumber(), text)
      return true
    }
    if (text.trim() === "") return true
    if (this.#rowsSeen === 0) return this.#heading(text)
    const trimmed = text.trimStart()
    if (isHeader(trimmed) || titles.test(trimmed)) return false
    return this.#continues(text) || this.#other(text)
  }

  rows(batch: RowBatch, span: ByteSpan): number {
    if (this.#rowsSeen === 0) return span.from
    const { hasUser } = this.#columns
    this.#bytes ??= new UnixBytes((this.#hasExtras || this.#headings === 0) && !hasUser)
    const next = takeRows(this.#bytes, batch, span, true)
    if (batch.length === 0) return span.from
    this.#flush()
    this.#rowsSeen += batch.length
    this.#tally.count(batch)
    return next
  }

  end(): void {
    this.#flush()
    this.#tally.end()
  }

  #heading(line: string): boolean {
    if (++this.#headings > 6) return false
    const text = line.trimStart()
    if (titles.test(text)) {
      const covers = coversOfTitle(text)
      if (covers !== undefined) this.#tally.asked(covers)
      return true
    }
    if (!isHeader(text)) return this.#other(line)
    this.#header = text
    this.#hasBlocks = blockHeader.test(text)
    this.#columns = extraColumnsOf(text)
    const { hasUser, hasProgram, hasTimer, processIndex } = this.#columns
    this.#hasExtras = hasUser || hasProgram || hasTimer || processIndex >= 0
    this.#tally.announced()
    return true
  }

  /**
   * Keeps the row just parsed. A row that is not sound yet stays text, since it may be a wrapped
   * one.
   */
  #hold(line: number, text: string): void {
    if (this.#rowsSeen++ === 0) this.#mark()
    this.#line = line
    this.#text = text
    this.#joins = 0
    const isWhole = isSound(this.#rows) && this.#rows.stateText === ""
    this.#socket = isWhole ? this.#build() : undefined
  }

  /** The row just parsed, as an observation of the held line. */
  #build(): SocketObservation | undefined {
    const { local, remote, protocol, isBsd, state, receiveQueue, sendQueue, restStart } = this.#rows
    if (local === undefined || remote === undefined) return undefined
    if (isServiceUnknown(local)) this.#tally.serviceUnknown(local.service ?? "", this.#line)
    if (isServiceUnknown(remote)) this.#tally.serviceUnknown(remote.service ?? "", this.#line)
    const at = this.#context.here(this.#line)
    let socket: SocketObservation
    if (receiveQueue < 0) {
      socket = { kind: "socket", protocol, local, remote, at }
    } else if (state === undefined) {
      socket = { kind: "socket", protocol, local, remote, receiveQueue, sendQueue, at }
    } else if (state !== "LISTEN") {
      socket = { kind: "socket", protocol, state, local, remote, receiveQueue, sendQueue, at }
    } else if (isBsd) {
      socket = { kind: "socket", protocol, state, local, remote, at }
    } else {
      // Linux shows the accept queue in the first column; the second means nothing on a listener.
      socket = { kind: "socket", protocol, state, local, remote, receiveQueue, at }
    }
    const hasRest = this.#hasExtras || (this.#headings === 0 && restStart < this.#text.length)
    return hasRest ? { ...socket, ...this.#extras(this.#text.slice(restStart)) } : socket
  }

  #extras(rest: string): Partial<SocketObservation> {
    return this.#rows.isBsd ? bsdExtras(rest, this.#columns) : linuxExtras(rest, this.#columns)
  }

  /** True when a cut row had to be parsed again, so that #rows no longer holds the present line. */
  #flush(): boolean {
    if (this.#text === "") return false
    const whole = this.#socket
    const socket = whole ?? this.#leftover()
    this.#text = ""
    this.#socket = undefined
    if (socket !== undefined) this.#tally.emit(socket)
    return whole === undefined
  }

  /** A row that no following line has completed. */
  #leftover(): SocketObservation | undefined {
    const rows = this.#rows
    rows.parse(this.#text)
    if (!isSound(rows)) {
      const says = `An endpoint is not readable: "${this.#text.trim().slice(0, 80)}"`
      this.#context.odd("row-malformed", says, this.#line)
      return undefined
    }
    const cut = beginsStateWord(rows.stateText) ? stateOfPrefix(rows.stateText) : undefined
    if (cut === undefined) this.#tally.stateUnknown(rows.stateText, undefined, this.#line)
    else this.#context.odd("row-truncated", `The state is cut: "${rows.stateText}"`, this.#line)
    rows.state = cut
    return this.#build()
  }

  #mark(): void {
    const system = this.#rows.isBsd ? bsdOf(this.#header) : "linux"
    const dialect = this.#rows.isBsd ? "BSD" : "net-tools"
    this.#context.mark(system === undefined ? { dialect } : { system, dialect })
  }

  /** Joins the rest of a row that a narrow terminal has wrapped. */
  #continues(text: string): boolean {
    if (this.#text.length < wrappedLengthMin || this.#joins >= joinsMax || text.length > 90)
      return false
    // The title of the next table ("Active UNIX domain sockets") in any language.
    if (text.includes("UNIX")) return false
    if (!/^\s*\S*(\s+\S+){0,3}(\s+\([\d.]+\/\d+(\/\d+)?\))?\s*$/.test(text)) return false
    const joined = this.#text + text
    if (!this.#rows.parse(joined) || !isSound(this.#rows)) return false
    if (this.#joins === 0) {
      this.#context.odd(
        "row-wrapped",
        "The terminal wrapped this row; it was joined again",
        this.#line,
      )
    }
    const joins = this.#joins + 1
    this.#hold(this.#line, joined)
    this.#joins = joins
    return true
  }

  /** Lines that belong to the tool's output without being rows of TCP or UDP. */
  #other(text: string): boolean {
    if (notes.test(text) || otherFamilies.test(text)) return true
    if (!/^(tcp|udp)\S{0,5}\s+\d/.test(text) || isConntrack(text)) return false
    this.#context.odd("row-truncated", `The row is not complete: "${text.slice(0, 80)}"`)
    return true
  }
}

/**
 * Which BSD prints such a header: macOS has its own columns, FreeBSD one blank before the
 * addresses.
 */
function bsdOf(header: string): string | undefined {
  if (/rhiwat|rxbytes/.test(header)) return "macos"
  if (/Send-Q Local Address.*\(state\)|R-MBUF|Rexmit/.test(header)) return "freebsd"
  return undefined
}

const listeningTitle =
  /only servers|Nur Server|seulement serveurs|pouze servery|サーバのみ|solo servidores|solo server|仅服务器/
const wholeTitle =
  /and established|including|stehende|établies|estabelecidas|navázaná|サーバと確立|establecidos|stabiliti|已建立/

function coversOfTitle(title: string): SectionMark["covers"] {
  if (/w\/o|ohne|sans serveurs/.test(title)) return "connected"
  if (listeningTitle.test(title)) return "listening"
  if (wholeTitle.test(title)) return "all"
  // macOS and the BSDs print the bare title when they show no listeners.
  return /^Active Internet connections\s*$/.test(title) ? "connected" : undefined
}
