/**
 * One row of a list of packets: tshark's text, Wireshark's packet list copied as text or exported as plain text or CSV
 * (Info column "445 → 1118 [SYN, ACK] Seq=0 …"), the frame summaries of Network Monitor 3 ("TCP:Flags=......S.,
 * SrcPort=1118, DstPort=Microsoft-DS(445), …") and 2 ("TCP ....S., len: 0, seq: …"), and Solaris snoop.
 */
import { SERVICES } from "../../catalog/services.ts"
import { parseAddress } from "../../model/fourtuple.ts"
import type { TextEnd, TextPacket } from "./text-capture.ts"
import { type TextStamp, textStampAt } from "./text-clock.ts"
import type { Numbering } from "./text-sequences.ts"

export type PacketRow = {
  readonly stamp: TextStamp | undefined
  readonly numbering: Numbering
  /** Times since something are since the row before, unless they grow for ever (snoop). */
  readonly mayBeSteps?: true
  readonly packet: Omit<TextPacket, "line" | "time">
}

/** Of which one stands in every row (Reader.words). */
export const packetRowWords = ["] seq=", "flags=", ", seq:", "tcp d=0"]

const bits: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ECE: 64,
  ECN: 64,
  CWR: 128,
}

/** The packet of a row, whichever program wrote it. */
export function packetRow(line: string): PacketRow | undefined {
  if (line.includes("] Seq=")) return wiresharkRow(line)
  if (line.includes("Flags=") && line.includes("TCP:")) return netmonRow(line)
  if (line.includes(", seq:")) return oldNetmonRow(line)
  return line.includes("TCP D=") ? snoopRow(line) : undefined
}

const info =
  /((?:\[[^\]]{1,60}\] ?){0,4})([\w.()-]{1,40}) {1,3}(?:→|->|>|â†’|\?) {1,3}([\w.()-]{1,40}) \[((?:[A-Z<][A-Za-z>]{1,8}(?:, )?){1,8})\] Seq=(\d{1,10})(?: Ack=(\d{1,10}))?(?: Win=\d+)?(?: Len=(\d{1,6}))?/
/** Between source and destination stands an arrow (tshark) or blanks (Wireshark); the length may be missing. */
const ends =
  /(\S{1,90}) {1,60}(?:(?:→|->|â†’|\?) {1,8})?(\S{1,90}) {1,60}(?:TCP|[A-Z][A-Za-z0-9/.-]{1,15})(?: {1,12}\d{1,6})? *$/
/** The two ends stand in the last characters before what is said of the packet. */
const endsLengthMax = 320

/** Source and destination at the end of a text, and what stands before them. */
function endsOf(
  pattern: RegExp,
  text: string,
): { readonly from: string; readonly to: string; readonly before: string } | undefined {
  const offset = Math.max(0, text.length - endsLengthMax)
  const match = pattern.exec(text.slice(offset))
  if (match === null) return undefined
  const [, from = "", to = ""] = match
  return { from, to, before: text.slice(0, offset + match.index) }
}

function wiresharkRow(line: string): PacketRow | undefined {
  const text = line.startsWith('"') ? cellsToText(line) : line.replaceAll("\t", "  ")
  const match = info.exec(text)
  if (match === null) return undefined
  const [, marks = "", fromPort = "", toPort = "", names = "", sequence, acknowledgment, length] =
    match
  const pair = endsOf(ends, text.slice(0, match.index))
  const from = endOf(pair?.from, fromPort)
  const to = endOf(pair?.to, toPort)
  if (pair === undefined || from === undefined || to === undefined) return undefined
  return {
    stamp: stampBefore(pair.before),
    numbering: "wireshark",
    packet: {
      from,
      to,
      flags: names.split(", ").reduce((sum, name) => sum | (bits[name] ?? 0), 0),
      sequence: Number(sequence),
      ...(acknowledgment === undefined ? {} : { acknowledgment: Number(acknowledgment) }),
      payload: Number(length ?? 0),
      ...(/Retransmission|Out-Of-Order/.test(marks) ? { isAgain: true } : {}),
    },
  }
}

/** `"1","0.000000","10.1.1.5","10.2.0.17","TCP","74","45526 → 8080 [SYN] …"` with blanks for commas. */
function cellsToText(line: string): string {
  return line.replace(/^"|"\s*$/g, "").replaceAll(/"[,;\t]"/g, "  ")
}

/** What stands before the addresses: a number, a time, perhaps more. */
function stampBefore(text: string): TextStamp | undefined {
  const frame = /^\s*\d{1,10}\s+/.exec(text)?.[0] ?? ""
  const rest = text.slice(frame.length)
  const stamp = textStampAt(rest.trimStart(), 0)
  if (stamp !== undefined) return stamp
  const seconds = /^\s*(-?\d{1,8}[.,]\d{1,9})(?:\s|$)/.exec(rest)
  if (seconds === null) return undefined
  return { kind: "since", seconds: Number(seconds[1]?.replace(",", ".")), end: 0 }
}

const netmonInfo =
  /TCP:\s*(?:\[([^\]]{0,80})\]\s*)?Flags=([.A-Z]{3,9}), SrcPort=([^,]{1,60}), DstPort=([^,]{1,60}), PayloadLen=(\d{1,6}), Seq=(\d{1,10})(?: - \d{1,10})?, Ack=(\d{1,10})/

const lastTwo = /(\S{1,90})\s{1,60}(?:-->\s{1,8})?(\S{1,90})$/

function netmonRow(line: string): PacketRow | undefined {
  const match = netmonInfo.exec(line)
  if (match === null) return undefined
  const [, mark = "", letters = "", fromPort = "", toPort = "", payload, sequence, acknowledgment] =
    match
  const before = line.slice(0, match.index).replaceAll("\t", "  ").trimEnd()
  const left = before.replace(/\s+TCP$/, "")
  const pair = endsOf(lastTwo, left)
  const from = endOf(pair?.from, fromPort)
  const to = endOf(pair?.to, toPort)
  if (pair === undefined || from === undefined || to === undefined) return undefined
  const flags = netmonFlags(letters)
  return {
    stamp: stampBefore(pair.before),
    numbering: "absolute",
    packet: {
      from,
      to,
      flags,
      sequence: Number(sequence),
      ...((flags & 16) === 0 ? {} : { acknowledgment: Number(acknowledgment) }),
      payload: Number(payload),
      ...(/ReTransmit/i.test(mark) ? { isAgain: true } : {}),
    },
  }
}

/** Letters in the order of the header, dots where a bit is 0. */
function netmonFlags(letters: string): number {
  let flags = 0
  for (const [letter, bit] of Object.entries({ F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 })) {
    if (letters.includes(letter)) flags |= bit
  }
  return flags
}

const oldNetmonInfo =
  /TCP\s+([.A-Z]{6}), len:\s*(\d{1,6}), seq:\s*(\d{1,10})(?:-\s*\d{1,10})?, ack:\s*(\d{1,10}), win:\s*\d{1,6}, src:\s*(\d{1,5})\s+dst:\s*(\d{1,5})/

const addressesBehind =
  /^\s{0,20}(?:\([^)]{0,40}\))?\s{1,20}(\S{1,90})\s{1,20}(?:-->\s{1,8})?(\S{1,90})\s{1,20}IP\b/

function oldNetmonRow(line: string): PacketRow | undefined {
  const match = oldNetmonInfo.exec(line)
  if (match === null) return undefined
  const [text, letters = "", , sequence, acknowledgment, fromPort = "", toPort = ""] = match
  const behind = line.slice(match.index + text.length)
  const before = line.slice(0, match.index).trimEnd()
  const named = addressesBehind.exec(behind)
  const pair = named === null ? endsOf(lastTwo, before) : { from: named[1], to: named[2] }
  const from = endOf(pair?.from, fromPort)
  const to = endOf(pair?.to, toPort)
  if (from === undefined || to === undefined) return undefined
  const flags = netmonFlags(letters)
  // Its "len" counts SYN and FIN as data.
  const payload = Math.max(0, Number(match[2]) - ((flags & 2) === 0 ? 0 : Number(match[2])))
  return {
    stamp: stampBefore(before),
    numbering: "absolute",
    packet: {
      from,
      to,
      flags,
      sequence: Number(sequence),
      ...((flags & 16) === 0 ? {} : { acknowledgment: Number(acknowledgment) }),
      payload,
    },
  }
}

const snoopInfo =
  /^\s*(?:\d{1,10}\s+)?([\d:.]+)?\s*(\S+)\s+->\s+(\S+)\s+(?:ETHER .*? )?TCP D=(\d{1,5}) S=(\d{1,5})\s*((?:(?:Syn|Fin|Rst|Push|Urg)\s+)*)(?:Ack=(\d{1,10})\s+)?Seq=(\d{1,10})(?:\s+Len=(\d{1,6}))?/

function snoopRow(line: string): PacketRow | undefined {
  const match = snoopInfo.exec(line)
  if (match === null) return undefined
  const [, time = "", source, target, toPort = "", fromPort = "", words = ""] = match
  const [acknowledgment, sequence, length] = match.slice(7)
  const from = endOf(source, fromPort)
  const to = endOf(target, toPort)
  if (from === undefined || to === undefined) return undefined
  const names: Readonly<Record<string, number>> = { Syn: 2, Fin: 1, Rst: 4, Push: 8, Urg: 32 }
  const said = words.split(/\s+/).reduce((sum, word) => sum | (names[word] ?? 0), 0)
  return {
    stamp: stampBefore(` 1  ${time} `),
    numbering: "absolute",
    mayBeSteps: true,
    packet: {
      from,
      to,
      flags: said | (acknowledgment === undefined ? 0 : 16),
      sequence: Number(sequence),
      ...(acknowledgment === undefined ? {} : { acknowledgment: Number(acknowledgment) }),
      payload: Number(length ?? 0),
    },
  }
}

/** An address or name, and a port: "445", "microsoft-ds", "Microsoft-DS(445)", "microsoft-ds (445)". */
function endOf(host: string | undefined, portText: string): TextEnd | undefined {
  if (host === undefined || host === "" || !/^[\w.:%-]+$/.test(host)) return undefined
  const number = /\((\d{1,5})\)$/.exec(portText)?.[1] ?? portText
  const port = /^\d{1,5}$/.test(number) ? Number(number) : SERVICES.get(number.toLowerCase())
  if (port === undefined || port > 65_535) return undefined
  return { address: parseAddress(host) ?? host, port }
}
