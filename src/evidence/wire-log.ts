/**
 * What a reading of this machine saw on the wire, as text: one handshake a line. It stands between the live
 * reading and the case, and in a collected bundle, so that both give the same observations.
 *
 *     # fourtuple wire 1 from 1732136000.000 to 1732136003.000
 *     handshake 1732136000.120 10.0.0.2:41000 10.0.1.2:80 syn-ack ms=0.41 ttl=63 syns=1
 *     dns queries=4 answers=4
 */
import { formatEndpoint, parseEndpoint } from "../model/fourtuple.ts"
import type { Handshake, HandshakeTracker } from "./handshakes.ts"
import type { Reader, SectionContext } from "./reader.ts"

/** ICMP codes as Linux maps them to errno (net/ipv4/icmp.c, icmp_err_convert). */
const errnoOfIcmp: ReadonlyMap<string, string> = new Map([
  ["3/0", "ENETUNREACH"],
  ["3/1", "EHOSTUNREACH"],
  ["3/2", "ENOPROTOOPT"],
  ["3/3", "ECONNREFUSED"],
  ["3/9", "ENETUNREACH"],
  ["3/10", "EHOSTUNREACH"],
  ["3/13", "EHOSTUNREACH"],
  ["1/0", "ENETUNREACH"],
  ["1/1", "EACCES"],
  ["1/3", "EHOSTUNREACH"],
  ["1/4", "ECONNREFUSED"],
])

/** As they stand in a line. */
const answerWord = /^(?:syn-ack|rst|ack|none|icmp=\d+\/\d+)$/

/** An unanswered SYN younger than this says nothing yet. */
const patienceSec = 0.9

export function writeWireLog(tracker: HandshakeTracker, from: number, to: number): string {
  const lines = [`# fourtuple wire 1 from ${from.toFixed(3)} to ${to.toFixed(3)}`]
  for (const handshake of tracker.handshakes()) lines.push(handshakeLine(handshake))
  lines.push(`dns queries=${tracker.dnsQueries} answers=${tracker.dnsAnswers}`)
  if (tracker.uncounted > 0) lines.push(`uncounted ${tracker.uncounted}`)
  return `${lines.join("\n")}\n`
}

function handshakeLine(handshake: Handshake): string {
  const from = formatEndpoint({ address: handshake.from, port: handshake.fromPort })
  const to = formatEndpoint({ address: handshake.to, port: handshake.toPort })
  const answer = handshake.answer.replace(" ", "=")
  const extra = [`syns=${handshake.syns}`]
  if (handshake.answered !== undefined) {
    extra.unshift(`ms=${((handshake.answered - handshake.start) * 1000).toFixed(2)}`)
  }
  if (handshake.ttl !== undefined) extra.push(`ttl=${handshake.ttl}`)
  if (handshake.by !== undefined) extra.push(`by=${handshake.by}`)
  if (handshake.cut) extra.push("cut=1")
  if (handshake.unserved) extra.push("unserved=1")
  return `handshake ${handshake.start.toFixed(3)} ${from} ${to} ${answer} ${extra.join(" ")}`
}

export const wireLogReader: Reader = {
  format: "wire-log",
  title: "handshakes seen on the wire (fourtuple)",
  sniff: (line) => (line.startsWith("# fourtuple wire 1") ? 1 : 0),
  open: (context) => {
    let end = 0
    return {
      line: (text) => {
        if (text.startsWith("# fourtuple wire 1")) {
          end = Number(/ to ([\d.]+)/.exec(text)?.[1] ?? 0)
          return true
        }
        if (text.startsWith("handshake ")) readHandshake(context, text, end)
        else if (text.startsWith("dns ")) readDns(context, text)
        else if (/^uncounted \d+$/.test(text)) {
          const says = `${text.slice(10)} handshakes beyond the bound were not followed`
          context.odd("section-truncated", says)
        } else return text.trim() === ""
        return true
      },
    }
  },
}

function readHandshake(context: SectionContext, text: string, end: number): void {
  const [, start, fromText = "", toText = "", answerText = "", ...rest] = text.split(" ")
  const time = Number(start)
  const from = parseEndpoint(fromText)
  const to = parseEndpoint(toText)
  if (!Number.isFinite(time) || from === undefined || to === undefined) {
    context.odd("row-malformed", "Cannot read handshake: time or endpoint is not one")
    return
  }
  if (!answerWord.test(answerText)) {
    context.odd("row-malformed", "Cannot read handshake: its answer is not one")
    return
  }
  const fields = new Map(rest.map((field) => splitField(field)))
  const answer = answerText.replace("=", " ")
  const isSilent = answer === "none" || answer === "ack"
  if (answer === "none" && end - time < patienceSec) return
  const waitedMs = end > time ? (end - time) * 1000 : Number.NaN
  const ms = isSilent ? waitedMs : Number(fields.get("ms"))
  const ttl = Number(fields.get("ttl"))
  const by = fields.get("by")
  const isCut = fields.get("cut") === "1"
  const isUnserved = fields.get("unserved") === "1"
  const error = errorOfAnswer(answer)
  context.emit({
    kind: "attempt",
    at: context.here(),
    time,
    from,
    to,
    ok: error === undefined,
    call: "connect",
    answer: isCut ? "closed at once" : isUnserved ? "reset unserved" : answer,
    ...(error === undefined ? {} : { error }),
    ...(Number.isFinite(ms) ? { ms } : {}),
    ...(Number.isFinite(ttl) ? { ttl } : {}),
    ...(by === undefined ? {} : { answeredBy: by }),
  })
}

/** What connect() reports for that answer; undefined where it succeeds. */
export function errorOfAnswer(answer: string): string | undefined {
  if (answer === "syn-ack") return undefined
  if (answer === "rst") return "ECONNREFUSED"
  if (answer.startsWith("icmp ")) return errnoOfIcmp.get(answer.slice(5)) ?? "EHOSTUNREACH"
  return "no answer"
}

function readDns(context: SectionContext, text: string): void {
  const fields = new Map(text.split(" ").slice(1).map(splitField))
  for (const name of ["queries", "answers"]) {
    const value = Number(fields.get(name))
    if (!Number.isFinite(value)) continue
    context.emit({ kind: "counter", name: `wire.dns-${name}`, value, at: context.here() })
  }
}

function splitField(field: string): readonly [string, string] {
  const equals = field.indexOf("=")
  return equals < 0 ? [field, ""] : [field.slice(0, equals), field.slice(equals + 1)]
}
