/**
 * Lists of packets as tshark, Wireshark, Network Monitor and snoop print, copy and export them, folded to connections as
 * captures are. Rows of other protocols have no ports in them and are passed over.
 */
import { BLANKS, type Reader, type Section, type SectionContext } from "../reader.ts"
import { packetRow, packetRowWords } from "./packet-row.ts"
import { TextCapture } from "./text-capture.ts"
import { TextClock } from "./text-clock.ts"

const lineLengthMax = 2048
/** Lines without a packet, one after another, that do not end a list. */
const othersMax = 200

export const packetListReader: Reader = {
  format: "packet-list",
  title: "list of packets (Wireshark, tshark, Network Monitor, snoop)",
  begins: `${BLANKS}0123456789"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz`,
  words: packetRowWords,
  sniff: (line) => (line.length > lineLengthMax || packetRow(line) === undefined ? 0 : 0.85),
  open: (context) => new PacketList(context),
}

class PacketList implements Section {
  readonly #context: SectionContext
  readonly #capture = new TextCapture()
  readonly #clock: TextClock
  #others = 0
  #lastSince = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#clock = new TextClock(context.file)
  }

  line(text: string): boolean {
    const row = text.length > lineLengthMax ? undefined : packetRow(text)
    if (row === undefined) {
      this.#others++
      return this.#others <= othersMax && isOtherRow(text)
    }
    this.#others = 0
    const line = this.#context.lineNumber()
    if (row.mayBeSteps === true && row.stamp?.kind === "since") {
      if (row.stamp.seconds < this.#lastSince) this.#clock.isSteps = true
      this.#lastSince = row.stamp.seconds
    }
    const time = this.#clock.timeOf(row.stamp)
    const unlike = row.stamp === undefined ? { ipId: (line % 0xffff) + 1 } : {}
    this.#capture.tcp({ ...row.packet, ...unlike, line, time }, row.numbering)
    return true
  }

  end(): void {
    this.#capture.tell(this.#context, this.#clock)
  }
}

/** A row of another protocol, the names of the columns, or a blank line between. */
function isOtherRow(text: string): boolean {
  if (text.trim() === "") return true
  if (/^\s*"?(?:No\.|Frame(?: Number)?\b|---)/.test(text)) return true
  return /^\s*"?\d{1,10}"?[\s,]/.test(text) && /\d[.:]\d/.test(text)
}
