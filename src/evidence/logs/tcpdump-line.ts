/**
 * One line of tcpdump's text: "01:02:38.450161 IP 10.1.1.5.59572 > 10.2.0.17.8080: Flags [S], seq 418885589, win 64240,
 * length 0", with and without a link header (-e), an interface (-i any), pf's rule (-i pflog0), and as versions before
 * 4.0 wrote it ("S 1:1(0) win 8192"). The line is searched from what marks a TCP packet, so whatever stands before its
 * addresses may be there.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import { EndpointTexts } from "../endpoint-texts.ts"
import type { TextEnd } from "./text-capture.ts"

/** What the line says of a packet. */
export type TcpdumpPacket = {
  readonly from: TextEnd
  readonly to: TextEnd
  readonly flags: number
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly payload: number
}

/** An ICMP error, and the target that it is about. */
export type TcpdumpIcmp = {
  readonly sender: string
  readonly to: string
  readonly target: string
  readonly port?: number
  readonly type: number
  readonly code: number
}

const flagBits: Readonly<Record<string, number>> = {
  F: 1,
  S: 2,
  R: 4,
  P: 8,
  ".": 16,
  U: 32,
  E: 64,
  W: 128,
}
const ackBit = 16

/** Words of which one stands in every line of a TCP packet (Reader.words). */
export const tcpdumpWords = [": flags [", ") win ", "ack 0 win ", "(0) ack 0", "proto tcp (6)"]

const oldForm =
  /: ([SFPRWE.]{1,8}|none) (?:\[[^\]]{0,40}\] )?(?:(\d{1,10}):\d{1,10}\((\d{1,6})\) ?)?(?:ack (\d{1,10}) ?)?(?:win \d|urg \d|<|\(DF\)|$)/

const texts = new EndpointTexts(".")

/** The packet of a line; undefined where it is no TCP packet, or its ports have names that no table knows. */
export function tcpdumpPacket(line: string): TcpdumpPacket | undefined {
  const at = line.indexOf(": Flags [")
  if (at < 0) return oldPacket(line)
  const ends = endsBefore(line, at)
  const close = line.indexOf("]", at)
  if (ends === undefined || close < 0) return undefined
  const sequence = numberAfter(line, " seq ", close)
  const acknowledgment = numberAfter(line, " ack ", close)
  const length = numberAfter(line, " length ", close)
  const said = line.slice(at + 9, close)
  const flags = bitsOf(said) | (acknowledgment === undefined ? 0 : ackBit)
  return {
    ...ends,
    flags,
    ...(sequence === undefined ? {} : { sequence }),
    ...(acknowledgment === undefined ? {} : { acknowledgment }),
    payload: length ?? 0,
  }
}

function oldPacket(line: string): TcpdumpPacket | undefined {
  const match = line.includes(" > ") ? oldForm.exec(line) : null
  if (match === null) return undefined
  const [, said = "", sequence, payload = "0", acknowledgment] = match
  // A flag alone is no packet: "host > other: . something".
  if (sequence === undefined && acknowledgment === undefined) return undefined
  const ends = endsBefore(line, match.index)
  if (ends === undefined) return undefined
  return {
    ...ends,
    flags:
      (bitsOf(said === "none" ? "" : said) & ~(acknowledgment === undefined ? ackBit : 0)) |
      (acknowledgment === undefined ? 0 : ackBit),
    ...(sequence === undefined ? {} : { sequence: Number(sequence) }),
    ...(acknowledgment === undefined ? {} : { acknowledgment: Number(acknowledgment) }),
    payload: Number(payload),
  }
}

function bitsOf(said: string): number {
  let bits = 0
  for (const letter of said) bits |= flagBits[letter] ?? 0
  return bits
}

/** "A.port > B.port" that ends there. */
function endsBefore(
  line: string,
  end: number,
): { readonly from: TextEnd; readonly to: TextEnd } | undefined {
  const middle = line.lastIndexOf(" > ", end)
  if (middle < 0) return undefined
  const start = line.lastIndexOf(" ", middle - 1) + 1
  const from = texts.read(line, start, middle)
  const to = texts.read(line, middle + 3, end)
  return hasPort(from) && hasPort(to) ? { from, to } : undefined
}

function hasPort(end: Endpoint | undefined): end is TextEnd {
  return end?.port !== undefined && end.address !== "" && !end.address.includes(" ")
}

function numberAfter(line: string, word: string, from: number): number | undefined {
  const at = line.indexOf(word, from)
  if (at < 0) return undefined
  let value = 0
  let index = at + word.length
  const start = index
  for (; index < start + 10; index++) {
    const code = line.charCodeAt(index)
    // Past the end of the line there is no code at all.
    if (!(code >= 48 && code <= 57)) break
    value = value * 10 + code - 48
  }
  return index === start ? undefined : value
}

const unreachable: readonly (readonly [RegExp, number, number])[] = [
  [/^(\S+) tcp port (\S+) unreachable/, 3, 3],
  [/^host (\S+) unreachable - admin prohibited/, 3, 10],
  [/^net (\S+) unreachable - admin prohibited/, 3, 9],
  [/^(?:host|net) (\S+) unreachable - (?:precedence|cutoff)/, 3, 13],
  [/^host (\S+) unreachable/, 3, 1],
  [/^net (\S+) unreachable/, 3, 0],
  [/^(\S+) unreachable - admin prohibited filter/, 3, 13],
  [/^(\S+) protocol \S+ unreachable/, 3, 2],
]
const unreachable6: readonly (readonly [RegExp, number, number])[] = [
  [/^destination unreachable, unreachable port, (\S+) tcp port (\S+?),?(?:\s|$)/, 1, 4],
  [/^destination unreachable, unreachable address (\S+?),?(?:\s|$)/, 1, 3],
  [/^destination unreachable, unreachable prohibited (\S+?),?(?:\s|$)/, 1, 1],
  [/^destination unreachable, unreachable route (\S+?),?(?:\s|$)/, 1, 0],
]

/** "IP 10.2.0.1 > 10.1.1.5: ICMP host 10.2.0.99 unreachable, length 68" */
export function tcpdumpIcmp(line: string): TcpdumpIcmp | undefined {
  const is6 = line.includes(": ICMP6, ")
  const word = is6 ? ": ICMP6, " : ": ICMP "
  const at = line.indexOf(word)
  const middle = at < 0 ? -1 : line.lastIndexOf(" > ", at)
  if (middle < 0) return undefined
  const sender = line.slice(line.lastIndexOf(" ", middle - 1) + 1, middle)
  const to = line.slice(middle + 3, at)
  const rest = line.slice(at + word.length)
  if (sender === "" || to === "" || to.includes(" ")) return undefined
  for (const [pattern, type, code] of is6 ? unreachable6 : unreachable) {
    const match = pattern.exec(rest)
    if (match?.[1] === undefined) continue
    const port = match[2] === undefined ? undefined : portOf(match[2])
    const target = match[1]
    return { sender, to, target, type, code, ...(port === undefined ? {} : { port }) }
  }
  return undefined
}

function portOf(text: string): number | undefined {
  const end = texts.read(`0.0.0.0.${text}`, 0, text.length + 8)
  return end?.port
}
