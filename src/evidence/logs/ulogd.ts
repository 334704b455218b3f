/**
 * What ulogd2 writes besides rows like the kernel's: packets of NFLOG as JSON objects and as key=value pairs (GPRINT),
 * and flows of conntrack as JSON and in words ("[DESTROY] ORIG: SRC=… , REPLY: SRC=…"). Keys: ulogd2's own registry of
 * keys and its JSON and GPRINT output plugins.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import type { Reader, SectionContext } from "../reader.ts"
import { FileMemory, memoryPerFile } from "./device-log.ts"
import { stampAt } from "./frame-stamp.ts"
import { verdictOf } from "./netfilter-row.ts"
import type { RowTexts } from "./row-texts.ts"
import { type Frame, frameOf } from "./syslog-frame.ts"

const lineLengthMax = 8192

type Fields = ReadonlyMap<string, string>
type OpenRow = { -readonly [Key in keyof LogObservation]?: LogObservation[Key] }

export const ulogdReader: Reader = {
  format: "ulogd",
  title: "packets and flows logged by ulogd",
  words: ['"oob.', "oob.prefix=", "oob.hook=", '"orig.ip.', "orig: src="],
  sniff: (line) => (isUlogd(line) ? 0.85 : 0),
  open: (context) => {
    const { texts, years } = memoryOf(context.file)
    return {
      line: (line) => {
        const row = isUlogd(line) ? rowIn(line, texts) : undefined
        if (row === undefined) return false
        const time = row.row.time ?? years.timeOf(row.frame)
        emitRow(context, row, time)
        return true
      },
    }
  },
}

const memoryOf = memoryPerFile((file) => new FileMemory(file))

function isUlogd(line: string): boolean {
  if (line.length > lineLengthMax) return false
  if (line.includes('"oob.') || line.includes('"orig.ip.')) return line.includes("{")
  if (line.includes(" ORIG: SRC=")) return line.includes(" REPLY: SRC=")
  return line.includes("oob.") && line.includes("ip.saddr")
}

type Read = { readonly row: OpenRow; readonly frame: Frame }

function emitRow(context: SectionContext, { row, frame }: Read, time: Instant | undefined): void {
  const { action = "log", source = "netfilter", ...rest } = row
  context.emit({
    kind: "log",
    at: context.here(),
    source,
    action,
    ...rest,
    ...(time === undefined ? {} : { time }),
    ...(frame.host === undefined ? {} : { vantage: frame.host }),
  })
}

function rowIn(line: string, texts: RowTexts): Read | undefined {
  const object = line.indexOf("{")
  if (object >= 0 && line.includes('"', object)) {
    const fields = jsonFields(line.slice(object))
    const row = fields === undefined ? undefined : rowOfFields(fields, texts)
    return row === undefined ? undefined : { row, frame: { message: "" } }
  }
  const frame = frameOf(line)
  if (line.includes(" ORIG: SRC=")) {
    const row = printedFlow(frame.message, texts)
    return row === undefined ? undefined : { row, frame }
  }
  const row = rowOfFields(pairFields(frame.message), texts)
  return row === undefined ? undefined : { row, frame }
}

function jsonFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null) return undefined
    const isSimple = (each: unknown) => typeof each === "string" || typeof each === "number"
    return new Map(
      Object.entries(value).flatMap(([key, each]) => (isSimple(each) ? [[key, String(each)]] : [])),
    )
  } catch {
    return undefined
  }
}

/** "timestamp=2024/01/15-10:00:00,oob.prefix=DROP,ip.saddr=10.1.1.5,…" */
function pairFields(text: string): Fields {
  const fields = new Map<string, string>()
  for (const pair of text.split(",")) {
    const equals = pair.indexOf("=")
    if (equals > 0) fields.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
  }
  return fields
}

function rowOfFields(fields: Fields, texts: RowTexts): OpenRow | undefined {
  return fields.has("orig.ip.protocol") ? flowRow(fields, texts) : packetRow(fields, texts)
}

const addressKeys = (side: "s" | "d") => [
  side === "s" ? "src_ip" : "dest_ip",
  `ip.${side}addr.str`,
  `ip.${side}addr`,
]
const portKeys = (side: "s" | "d") => [
  side === "s" ? "src_port" : "dest_port",
  `tcp.${side}port`,
  `udp.${side}port`,
]

/** A packet that a rule sent to NFLOG: what was done is in the prefix, or in the label that ulogd.conf gives. */
function packetRow(fields: Fields, texts: RowTexts): OpenRow | undefined {
  const from = endpointIn(fields, addressKeys("s"), portKeys("s"), texts)
  const to = endpointIn(fields, addressKeys("d"), portKeys("d"), texts)
  if (from === undefined || to === undefined) return undefined
  const prefix = (fields.get("oob.prefix") ?? "").replace(/[:\s]+$/, "")
  const labelled = fields.get("action")
  const verdict = verdictOf(labelled === undefined ? prefix : labelled)
  const protocol = protocolOf(fields.get("ip.protocol") ?? fields.get("ip6.nexthdr"))
  const isSyn = fields.get("tcp.syn") === "1"
  const isAck = fields.get("tcp.ack") === "1"
  const isAttempt = protocol !== "tcp" || (isSyn && !isAck)
  const row: OpenRow = { source: "netfilter", action: verdict.action, from, to }
  if (verdict.did !== undefined && isAttempt) row.did = verdict.did
  if (protocol !== undefined) row.protocol = protocol
  if (protocol === "tcp") row.result = flagsOf(fields)
  if (prefix !== "") row.rule = texts.word(prefix)
  return withTime(row, timeOf(fields, "oob.time"))
}

/** In the order of the kernel's own rows. */
function flagsOf(fields: Fields): string {
  return ["URG", "ACK", "PSH", "RST", "SYN", "FIN"]
    .filter((name) => fields.get(`tcp.${name.toLowerCase()}`) === "1")
    .join(" ")
}

/** A flow, written when the table forgets it unless ulogd.conf asks for events. */
function flowRow(fields: Fields, texts: RowTexts): OpenRow | undefined {
  const addresses = (side: "s" | "d", way: string) => [
    `${way}.ip.${side}addr.str`,
    `${way}.ip.${side}addr`,
    ...(way === "orig" ? [side === "s" ? "src_ip" : "dest_ip"] : []),
  ]
  const from = endpointIn(fields, addresses("s", "orig"), ["orig.l4.sport", "src_port"], texts)
  const to = endpointIn(fields, addresses("d", "orig"), ["orig.l4.dport", "dest_port"], texts)
  if (from === undefined || to === undefined) return undefined
  const replyFrom = endpointIn(fields, addresses("s", "reply"), ["reply.l4.sport"], texts)
  const replyTo = endpointIn(fields, addresses("d", "reply"), ["reply.l4.dport"], texts)
  // NFCT's events: 1 new, 2 changed, 4 destroyed.
  const event = fields.get("ct.event")
  const action = event === "1" ? "NEW" : event === "2" ? "UPDATE" : "DESTROY"
  const isAnswered = fields.get("reply.raw.pktcount") !== "0"
  const row: OpenRow = { source: "conntrack", action, from, to }
  const protocol = protocolOf(fields.get("orig.ip.protocol"))
  if (protocol !== undefined) row.protocol = protocol
  if (action === "NEW") row.did = "open"
  else if (action === "DESTROY") row.did = isAnswered || protocol !== "tcp" ? "close" : "fail"
  const id = fields.get("ct.id")
  if (id !== undefined) row.connection = texts.word(id)
  addTranslation(row, from, to, replyFrom, replyTo)
  const start = timeOf(fields, "flow.start")
  const end = timeOf(fields, "flow.end")
  if (start !== undefined && end !== undefined && end >= start)
    row.ms = Math.round((end - start) * 1e3)
  return withTime(row, action === "NEW" ? (start ?? end) : (end ?? start))
}

function addTranslation(
  row: OpenRow,
  from: Endpoint,
  to: Endpoint,
  replyFrom: Endpoint | undefined,
  replyTo: Endpoint | undefined,
): void {
  if (replyTo !== undefined && !isSame(replyTo, from)) row.translatedFrom = replyTo
  if (replyFrom !== undefined && !isSame(replyFrom, to)) row.translatedTo = replyFrom
}

/** "[NEW] ORIG: SRC=10.1.1.5 DST=10.2.0.17 PROTO=TCP SPT=4711 DPT=445 PKTS=0 BYTES=0 , REPLY: SRC=…" */
function printedFlow(text: string, texts: RowTexts): OpenRow | undefined {
  const match = /^\s*(?:\[(NEW|UPDATE|DESTROY)\] )?ORIG: (.*?),? REPLY: (.*)$/.exec(text)
  if (match === null) return undefined
  const [, event = "DESTROY", forward = "", backward = ""] = match
  const from = printedEnd(forward, "SRC", "SPT", texts)
  const to = printedEnd(forward, "DST", "DPT", texts)
  if (from === undefined || to === undefined) return undefined
  const row: OpenRow = { source: "conntrack", action: event, from, to }
  const protocol = protocolOf(/\bPROTO=(\w+)/.exec(forward)?.[1])
  if (protocol !== undefined) row.protocol = protocol
  const isAnswered = !/\bPKTS=0\b/.test(backward)
  if (event === "NEW") row.did = "open"
  else if (event === "DESTROY") row.did = isAnswered || protocol !== "tcp" ? "close" : "fail"
  const replyFrom = printedEnd(backward, "SRC", "SPT", texts)
  addTranslation(row, from, to, replyFrom, printedEnd(backward, "DST", "DPT", texts))
  return row
}

function printedEnd(
  text: string,
  address: string,
  port: string,
  texts: RowTexts,
): Endpoint | undefined {
  const host = new RegExp(`\\b${address}=(\\S+)`).exec(text)?.[1]
  return host === undefined
    ? undefined
    : texts.endpoint(host, new RegExp(`\\b${port}=(\\d+)`).exec(text)?.[1])
}

function endpointIn(
  fields: Fields,
  addresses: readonly string[],
  ports: readonly string[],
  texts: RowTexts,
): Endpoint | undefined {
  const address = addresses.map((key) => fields.get(key)).find((each) => each !== undefined)
  if (address === undefined) return undefined
  return texts.endpoint(
    address,
    ports.map((key) => fields.get(key)).find((each) => each !== undefined),
  )
}

const protocols: Readonly<Record<string, string>> = {
  "1": "icmp",
  "6": "tcp",
  "17": "udp",
  "58": "icmpv6",
}

function protocolOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (protocols[text] ?? text.toLowerCase())
}

/** Seconds and microseconds of two keys; else the stamp, in GPRINT's form "2024/01/15-10:00:00" too. */
function timeOf(fields: Fields, key: string): Instant | undefined {
  const time = Number(fields.get(`${key}.sec`)) + Number(fields.get(`${key}.usec`) ?? 0) / 1e6
  if (time > 0 && time < 1e11) return time
  const stamp = fields.get("timestamp")
  if (stamp === undefined || key === "flow.start") return undefined
  return stampAt(stamp.replace(/^(\d{4}\/\d\d\/\d\d)-/, "$1 "), 0)?.instant
}

function withTime(row: OpenRow, time: Instant | undefined): OpenRow {
  return time === undefined ? row : { ...row, time }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port
}
