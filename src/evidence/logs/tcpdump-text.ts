/**
 * Text of tcpdump, folded to connections as captures are. With any of -n, -e, -v, -S, -X, -A and the five kinds of
 * times; hex and ASCII of payloads are passed over, packets that are not TCP counted as read.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { tcpdumpIcmp, tcpdumpPacket, tcpdumpWords } from "./tcpdump-line.ts"
import { TextCapture } from "./text-capture.ts"
import { TextClock, type TextStamp, textStampAt } from "./text-clock.ts"

const lineLengthMax = 4096
/** Lines with relative times that are held until it is known what they are relative to. */
const heldMax = 64
/** Lines that may follow a packet: its payload as -A prints it, its options as -v does. */
const linesAfterMax = 60

export const tcpdumpReader: Reader = {
  format: "tcpdump",
  title: "packets as tcpdump prints them",
  words: tcpdumpWords,
  sniff: (line, ahead) => {
    if (line.length > lineLengthMax) return 0
    if (isHead(line) && line.includes("proto TCP (6)")) {
      return tcpdumpPacket(ahead[0] ?? "") === undefined ? 0 : 0.85
    }
    return tcpdumpPacket(line) === undefined || isRule(line) ? 0 : 0.85
  },
  open: (context) => new TcpdumpText(context),
}

/** What pf logged is no capture of connections: its own reader takes it. */
function isRule(line: string): boolean {
  return line.includes(" rule ") && /\brule \S+\((?:match|\w[\w-]*)\)/.test(line)
}

/** The first of the two lines that -v gives a packet of IPv4. */
function isHead(line: string): boolean {
  return line.endsWith(")") && line.includes(" proto ") && /(?:^|\s)IP \(tos /.test(line)
}

type Held = { readonly stamp: TextStamp | undefined; readonly take: (time: number) => void }

class TcpdumpText implements Section {
  readonly #context: SectionContext
  readonly #capture = new TextCapture()
  readonly #clock: TextClock
  #held: Held[] | undefined
  #lastSince = -1
  #head:
    | { readonly stamp: TextStamp | undefined; readonly ttl: number; readonly ipId: number }
    | undefined
  /** A packet that an ICMP error quotes follows (-v). */
  #isQuoted = false
  /** Whether -A prints payloads, and how many of their lines have come. */
  #isAscii = false
  #linesAfter = linesAfterMax

  constructor(context: SectionContext) {
    this.#context = context
    this.#clock = new TextClock(context.file)
  }

  line(text: string): boolean {
    const isRead = text.length <= lineLengthMax && !isRule(text) && this.#read(text)
    if (isRead) this.#linesAfter = 0
    return isRead || this.#isBelow(text)
  }

  #read(text: string): boolean {
    if (isHead(text)) {
      this.#isQuoted = text.startsWith("\t")
      if (this.#isQuoted) return true
      const stamp = textStampAt(text, 0)
      this.#head = { stamp, ttl: numberIn(text, /\bttl (\d+)/), ipId: numberIn(text, /\bid (\d+)/) }
      return true
    }
    if (this.#isQuoted) {
      this.#isQuoted = false
      if (/^\s/.test(text)) return true
    }
    return this.#packet(text) || this.#icmp(text) || this.#other(text)
  }

  end(): void {
    this.#release()
    this.#capture.tell(this.#context, this.#clock)
  }

  #packet(text: string): boolean {
    const packet = tcpdumpPacket(text)
    if (packet === undefined) return false
    const line = this.#context.lineNumber()
    const head = this.#head
    const own = textStampAt(text, 0)
    const stamp = own ?? head?.stamp
    const isBelowHead = own === undefined && head !== undefined
    // Without times, what is sent again would be taken for the same packet recorded twice.
    const unlike = stamp === undefined ? { ipId: (line % 0xffff) + 1 } : {}
    const known = isBelowHead ? { ttl: head.ttl, ipId: head.ipId } : unlike
    this.#head = undefined
    this.#take(stamp, (time) => this.#capture.tcp({ ...packet, ...known, line, time }, "tcpdump"))
    return true
  }

  #icmp(text: string): boolean {
    const error = text.includes("nreachable") ? tcpdumpIcmp(text) : undefined
    if (error === undefined) return false
    const line = this.#context.lineNumber()
    const stamp = textStampAt(text, 0) ?? this.#head?.stamp
    this.#take(stamp, (time) => this.#capture.icmp({ ...error, line, time }))
    return true
  }

  /** Takes a packet when its time is known: what a relative time is relative to shows after some lines. */
  #take(stamp: TextStamp | undefined, take: (time: number) => void): void {
    const clock = this.#clock
    if (stamp?.kind !== "since" || (this.#held === undefined && this.#lastSince >= 0)) {
      take(clock.timeOf(stamp))
      return
    }
    this.#held ??= []
    this.#held.push({ stamp, take })
    const isLess = stamp.seconds < this.#lastSince
    this.#lastSince = stamp.seconds
    if (isLess) clock.isSteps = true
    if (isLess || this.#held.length >= heldMax) this.#release()
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { stamp, take } of held) take(this.#clock.timeOf(stamp))
  }

  /** Packets of other protocols, and what tcpdump says of itself. */
  #other(text: string): boolean {
    const stamp = textStampAt(text, 0)
    if (stamp === undefined) {
      return ownWords.test(text) ? this.#own(text) : /^(?:IP6? |ARP, )/.test(text)
    }
    if (!otherPacket.test(text.slice(stamp.end))) return false
    // Times since the line before count every line.
    if (stamp.kind === "since") this.#take(stamp, () => undefined)
    return true
  }

  #own(text: string): boolean {
    const match = /^(\d{1,12}) packets? (received by filter|dropped by (?:kernel|interface))/.exec(
      text,
    )
    if (match === null) return true
    const name = match[2] === "received by filter" ? "capture.received" : "capture.lost"
    const at = this.#context.here()
    this.#context.emit({ kind: "counter", name, value: Number(match[1]), of: "tcpdump", at })
    return true
  }

  /** What stands below a packet: hex, options, and with -A the packet itself, which begins "E" or "`". */
  #isBelow(text: string): boolean {
    this.#linesAfter++
    if (this.#linesAfter > linesAfterMax) return false
    if (text === "" || text.startsWith("\t") || /^ {4,}\S/.test(text)) return true
    if (this.#linesAfter === 1 && /^[E`][^ ]*\.\./.test(text)) this.#isAscii = true
    return this.#isAscii && !prompt.test(text)
  }
}

/** A shell's, below which something else stands. */
const prompt = /^(?:\[?\w[\w.-]*@[\w-]{2,}[ :][^\n]{0,80}[#$%>](?: |$)|PS [A-Z]:|[A-Z]:\\|[$#] )/

const otherPacket =
  /^\s+(?:(?:\w[\w.-]{0,15} +)?(?:In|Out|B|M|P)\s+)?(?:IP6?|ARP|STP|LLDP|CDP|IPX|[\da-f]{2}(?::[\da-f]{2}){5}|ethertype|\d{1,3}\.\d|Loopback|802\.1|unknown|PPP|MPLS)/
const ownWords =
  /^(?:tcpdump: |listening on |reading from (?:file|PCAP)|dropped privs|\d+ packets? (?:captured|received|dropped)|Warning: )/

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0)
}
