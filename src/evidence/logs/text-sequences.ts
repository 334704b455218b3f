/**
 * Sequence numbers as tools print them → the numbers on the wire, or others with the same differences. tcpdump prints
 * those of a SYN as they are and all others relative to it (unless asked with -S); Wireshark prints all relative, so
 * that each connection begins at 0; Network Monitor and snoop print them as they are.
 */

export type Numbering = "tcpdump" | "wireshark" | "absolute"

/** One packet's numbers as printed; absent where the line has none. */
export type Printed = {
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly isSyn: boolean
  /** The tool says that it is sent again: its numbers are those of the same connection. */
  readonly isAgain: boolean
  readonly payload: number
}

/** Of one four-tuple: where each side begins, and what it sends next. */
type Bases = {
  from: number
  to: number
  nextFrom: number
  nextTo: number
  isRelative?: boolean
  /** Whether the last SYN has had an answer: another one before that is the same attempt. */
  isAnswered: boolean
}

const tuplesMax = 200_000
/** Between the beginnings that Wireshark's connections are given: far enough for the retries of one port. */
const baseStep = 0x00a7_0000

export class TextSequences {
  readonly #bases = new Map<string, Bases>()
  #given = 1

  /** Sequence and acknowledgment of a packet sent by `a` to `b`, both as keys of endpoints. */
  numbersOf(
    a: string,
    b: string,
    printed: Printed,
    numbering: Numbering,
  ): readonly [number, number] {
    if (numbering === "absolute") {
      return [(printed.sequence ?? 0) >>> 0, (printed.acknowledgment ?? 0) >>> 0]
    }
    const isForward = a < b
    const key = isForward ? `${a}|${b}` : `${b}|${a}`
    const bases = this.#bases.get(key) ?? this.#begin(key, isForward, printed, numbering)
    if (printed.isSyn) this.#rebase(bases, isForward, printed, numbering)
    if (!printed.isSyn || isAnswer(printed)) bases.isAnswered = true
    return read(bases, isForward, printed, numbering)
  }

  #begin(key: string, isForward: boolean, printed: Printed, numbering: Numbering): Bases {
    if (this.#bases.size >= tuplesMax) this.#bases.clear()
    const isGiven = numbering === "wireshark"
    const own = isGiven ? this.#next() : (printed.sequence ?? 0)
    const other = isGiven ? this.#next() : (printed.acknowledgment ?? 1) - 1
    const [from, to] = isForward ? [own, other] : [other, own]
    const bases: Bases = { from, to, nextFrom: from + 1, nextTo: to + 1, isAnswered: false }
    this.#bases.set(key, bases)
    return bases
  }

  /** A SYN begins its side anew, unless it is sent again. */
  #rebase(bases: Bases, isForward: boolean, printed: Printed, numbering: Numbering): void {
    const { sequence = 0, acknowledgment = 0 } = printed
    const isOfServer = isAnswer(printed)
    if (numbering === "wireshark") {
      // Printed as they are, where somebody has switched relative numbers off.
      const isPlain = sequence !== 0
      const isSame = !isPlain && (isOfServer || printed.isAgain || !bases.isAnswered)
      if (isSame) return
      setSide(bases, isForward, isPlain ? 0 : this.#next())
      if (!isOfServer) setSide(bases, !isForward, isPlain ? 0 : this.#next())
    } else {
      setSide(bases, isForward, sequence)
      if (isOfServer) setBase(bases, !isForward, acknowledgment - 1)
      else delete bases.isRelative
    }
    if (!isOfServer) bases.isAnswered = false
  }

  #next(): number {
    this.#given = (this.#given + baseStep) >>> 0
    return this.#given
  }
}

/** A SYN with an acknowledgment. */
function isAnswer({ isSyn, acknowledgment }: Printed): boolean {
  return isSyn && acknowledgment !== undefined && acknowledgment !== 0
}

function read(
  bases: Bases,
  isForward: boolean,
  printed: Printed,
  numbering: Numbering,
): readonly [number, number] {
  const own = isForward ? bases.from : bases.to
  const other = isForward ? bases.to : bases.from
  const next = isForward ? bases.nextFrom : bases.nextTo
  const { sequence, acknowledgment, isSyn, payload } = printed
  const isRelative = numbering === "wireshark" || (!isSyn && relative(bases, other, printed))
  const absolute = sequence === undefined ? next : isRelative ? own + sequence : sequence
  const advanced = absolute + payload + (isSyn ? 1 : 0)
  if (isForward) bases.nextFrom = advanced
  else bases.nextTo = advanced
  if (acknowledgment === undefined) return [absolute >>> 0, 0]
  return [absolute >>> 0, (isRelative ? other + acknowledgment : acknowledgment) >>> 0]
}

/** Whether tcpdump's numbers are relative: the acknowledgment is nearer to 1 than to what the peer has sent. */
function relative(bases: Bases, peer: number, { acknowledgment, sequence }: Printed): boolean {
  if (bases.isRelative !== undefined) return bases.isRelative
  const said = acknowledgment ?? sequence
  if (said === undefined) return true
  const isRelative = distance(said, 1) < distance(said, peer + 1)
  // A RST that answers a SYN has both kinds of numbers in it: it decides for itself alone.
  if (acknowledgment !== undefined && sequence !== 0) bases.isRelative = isRelative
  return isRelative
}

function distance(a: number, b: number): number {
  const difference = (a - b) | 0
  return Math.abs(difference)
}

function setSide(bases: Bases, isForward: boolean, base: number): void {
  setBase(bases, isForward, base)
  if (isForward) bases.nextFrom = base + 1
  else bases.nextTo = base + 1
}

function setBase(bases: Bases, isForward: boolean, base: number): void {
  if (isForward) bases.from = base
  else bases.to = base
}
