/**
 * /proc/net/{tcp,tcp6,udp,udp6}: one socket a row, addresses as 32-bit words in the machine's byte
 * order printed in hex. Which order that is does not stand in the file: little-endian unless the
 * first rows make sense only the other way round. Follows net/ipv4/tcp_ipv4.c get_tcp4_sock and its
 * relatives.
 */
import { formatGroups } from "../model/fourtuple.ts"
import { type ByteSpan, type RowBatch, takeRows } from "./bulk-batch.ts"
import { ProcNetBytes } from "./bulk-proc-net.ts"
import { KERNEL_STATES } from "./kernel-states.ts"
import { BLANKS, type FileHint, type Reader, type Section, type SectionContext } from "./reader.ts"
import type { OpenSocket } from "./ss-extras.ts"

const timers = ["off", "on", "keepalive", "timewait", "persist"] as const

/** Rows looked at before the byte order is decided. */
const rowsHeld = 64
const addressesMax = 100_000

export const procNetReaders: readonly Reader[] = [
  procNetReader("proc-net-tcp", "tcp", false),
  procNetReader("proc-net-tcp6", "tcp", true),
  procNetReader("proc-net-udp", "udp", false),
  procNetReader("proc-net-udp6", "udp", true),
]

function procNetReader(format: string, protocol: "tcp" | "udp", isIpv6: boolean): Reader {
  const kind = { protocol, isIpv6 }
  return {
    format,
    title: `Sockets of /proc/net/${format.slice(9)}`,
    begins: `${BLANKS}s0123456789`,
    sniff: (line, ahead, file) => {
      const seen = kindOfHeader(line, file) ?? kindOfRow(line, ahead, file)
      return seen?.protocol === protocol && seen.isIpv6 === isIpv6 ? 0.95 : 0
    },
    open: (context) => new ProcNetSection(context, kind),
  }
}

type Kind = { readonly protocol: "tcp" | "udp"; readonly isIpv6: boolean }

function kindOfHeader(line: string, file: FileHint): Kind | undefined {
  if (!line.includes("local_address") || !line.includes("tm->when")) return undefined
  // raw, icmp and udplite share udp's header; only their file name tells them apart.
  if (/(?:^|[^a-z])(?:raw|icmp|udplite|dccp)6?(?:[^a-z]|$)/.test(file.name)) return undefined
  const isIpv6 = /local_address {10,}/.test(line) || /remote_address/.test(line)
  return { protocol: line.includes("drops") ? "udp" : "tcp", isIpv6 }
}

function kindOfRow(line: string, ahead: readonly string[], file: FileHint): Kind | undefined {
  const row = rowPattern.exec(line)
  if (row === null) return undefined
  const isUdp = /udp/.test(file.name) || [line, ...ahead].every((text) => isUdpRow(text))
  return { protocol: isUdp ? "udp" : "tcp", isIpv6: (row[1] ?? "").length === 32 }
}

/** Thirteen columns end in a drop count; tcp rows have twelve for TIME-WAIT and seventeen else. */
function isUdpRow(text: string): boolean {
  return text.trim() === "" || text.trim().split(/\s+/).length === 13
}

const rowPattern = new RegExp(
  [
    String.raw`^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) `,
    "([0-9A-F]{2}) ([0-9A-F]{8}):([0-9A-F]{8}) ([0-9A-F]{2}):([0-9A-F]{8}) ",
    String.raw`([0-9A-F]{8})\s+(\d+)\s+\d+\s+(\d+)`,
  ].join(""),
  "i",
)

class ProcNetSection implements Section {
  readonly #context: SectionContext
  readonly #kind: Kind
  #addresses = new Map<string, string>()
  #held: { readonly row: RegExpExecArray; readonly line: number }[] | undefined = []
  #isBig = false
  #rows = 0
  #hasHeader = false
  #bytes: ProcNetBytes | undefined

  constructor(context: SectionContext, kind: Kind) {
    this.#context = context
    this.#kind = kind
  }

  line(text: string): boolean {
    if (text.includes("local_address")) {
      if (this.#hasHeader || this.#rows > 0) return false
      this.#hasHeader = true
      return true
    }
    const row = rowPattern.exec(text)
    if (row !== null && ((row[1] ?? "").length === 32) === this.#kind.isIpv6) {
      this.#rows++
      this.#take(row)
      return true
    }
    if (text.trim() === "") return true
    if (!/^\s*\d+: [0-9A-F]{2}/i.test(text) || row !== null) return false
    const name = text.length < 90 ? "row-truncated" : "row-malformed"
    this.#context.odd(name, `Not a row of /proc/net: ${text.trim().slice(0, 60)}`)
    return true
  }

  rows(batch: RowBatch, span: ByteSpan): number {
    const { protocol, isIpv6 } = this.#kind
    if (this.#held !== undefined || protocol !== "tcp") return span.from
    this.#bytes ??= new ProcNetBytes({ isIpv6, isBig: this.#isBig, states: KERNEL_STATES })
    const next = takeRows(this.#bytes, batch, span, false)
    this.#rows += batch.length
    return next
  }

  end(): void {
    this.#decide()
    const covers = this.#kind.protocol === "tcp" && this.#rows > 0 ? { covers: "all" as const } : {}
    this.#context.mark({ system: "linux", ...covers })
  }

  #take(row: RegExpExecArray): void {
    if (this.#held === undefined) {
      this.#emit(row, this.#context.lineNumber())
      return
    }
    this.#held.push({ row, line: this.#context.lineNumber() })
    if (this.#held.length >= rowsHeld) this.#decide()
  }

  #decide(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    let votes = 0
    for (const { row } of held) votes += bigEndianVote(row)
    this.#isBig = votes > 0
    const [first] = held
    if (this.#isBig && first !== undefined) {
      const says = "Addresses make sense only as big-endian words, so they are read that way"
      this.#context.odd("encoding-guessed", says, first.line)
      this.#context.mark({ dialect: "big-endian" })
    }
    for (const { row, line } of held) this.#emit(row, line)
  }

  #emit(row: RegExpExecArray, line: number): void {
    const { protocol } = this.#kind
    const state = KERNEL_STATES[hex(row[5])]
    const remotePort = hex(row[4])
    const remote = this.#address(row[3] ?? "")
    const socket: OpenSocket = {
      kind: "socket",
      protocol,
      local: { address: this.#address(row[1] ?? ""), port: hex(row[2]) },
      remote: remotePort === 0 ? { address: remote } : { address: remote, port: remotePort },
      at: this.#context.here(line),
    }
    if (protocol === "tcp") {
      if (state === undefined) this.#context.odd("state-unknown", `State ${row[5]}`, line)
      else socket.state = state
    }
    socket.receiveQueue = hex(row[7])
    // A listener's tx_queue is always 0: the backlog is not in this file.
    if (state !== "LISTEN") socket.sendQueue = hex(row[6])
    const timer = timers[hex(row[8])]
    if (timer !== undefined && timer !== "off") {
      socket.timer = timer
      // USER_HZ is 100 on every Linux that people have.
      socket.expiresMs = hex(row[9]) * 10
    }
    if (protocol === "tcp" && state !== "LISTEN") socket.retransmits = hex(row[10])
    // Requests and TIME-WAIT rows have neither owner nor inode.
    if (row[12] !== "0") socket.uid = Number(row[11])
    this.#context.emit(socket)
  }

  #address(text: string): string {
    const known = this.#addresses.get(text)
    if (known !== undefined) return known
    if (this.#addresses.size >= addressesMax) this.#addresses = new Map()
    const copy = ` ${text}`.slice(1)
    const address = addressOf(copy, this.#isBig)
    this.#addresses.set(copy, address)
    return address
  }
}

function hex(text: string | undefined): number {
  return Number.parseInt(text ?? "0", 16)
}

/** Hex words → canonical address. */
function addressOf(text: string, isBig: boolean): string {
  const groups: number[] = []
  for (let at = 0; at < text.length; at += 8) {
    const word = text.slice(at, at + 8)
    const bytes = [0, 2, 4, 6].map((offset) => hex(word.slice(offset, offset + 2)))
    const [a = 0, b = 0, c = 0, d = 0] = isBig ? bytes : bytes.reverse()
    groups.push(a * 256 + b, c * 256 + d)
  }
  if (groups.length === 8) return formatGroups(groups)
  const [high = 0, low = 0] = groups
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** +1 or more: only big-endian makes sense of the row; below 0: only little-endian does. */
function bigEndianVote(row: RegExpExecArray): number {
  return wordVote(row[1] ?? "") + wordVote(row[3] ?? "")
}

function wordVote(text: string): number {
  const upper = text.toUpperCase()
  if (upper.length === 32) {
    if (upper === `${"0".repeat(24)}01000000` || upper.startsWith(`${"0".repeat(16)}FFFF0000`))
      return -5
    if (upper === `${"0".repeat(31)}1` || upper.startsWith(`${"0".repeat(20)}FFFF`)) return 5
    if (/^0000[89AB][0-9A-F]FE/.test(upper)) return -5
    return /^FE[89AB][0-9A-F]0{4}/.test(upper) ? 5 : 0
  }
  if (/^0000$/.test(upper.slice(2, 6))) {
    if (upper.endsWith("7F")) return -5
    if (upper.startsWith("7F")) return 5
  }
  const first = hex(upper.slice(0, 2))
  const last = hex(upper.slice(6))
  if (upper === "00000000") return 0
  if (isUnicast(first) === isUnicast(last)) return 0
  return isUnicast(last) ? -1 : 1
}

function isUnicast(firstOctet: number): boolean {
  return firstOctet > 0 && firstOctet < 224
}
