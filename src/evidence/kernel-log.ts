/**
 * System logs as dmesg, journalctl, syslog and containers carry them: messages that name a limit (kernels and daemons,
 * logs/log-messages.ts) and the rows of LOG rules (logs/netfilter-row.ts). A message counts only behind a log's own
 * head or at the start of a line: a document that quotes it is not evidence.
 */
import { parseAddress } from "../model/fourtuple.ts"
import type { Observation } from "../model/observation.ts"
import { FileMemory, memoryPerFile } from "./logs/device-log.ts"
import { LOG_MESSAGES } from "./logs/log-messages.ts"
import type { Message } from "./logs/message.ts"
import { fieldsAt, netfilterRow } from "./logs/netfilter-row.ts"
import { type Frame, frameOf } from "./logs/syslog-frame.ts"
import type { Reader, SectionContext } from "./reader.ts"
import { WordFilter } from "./word-gate.ts"

/** A kernel message has at most 1 KiB; the rest is room for heads and JSON. */
const rowLengthMax = 8192
const saysMax = 400
/** Of the head of a line that is no head of ours. */
const oddHeadMax = 160

type Data = Record<string, string | number>

/** Of the groups of a wording: those that are addresses. */
const addressNames: ReadonlySet<string> = new Set(["address", "from", "to", "peer"])

/** Every message and every row has one of these; bytes instead of a text (journald) may be anything. */
const words = [...LOG_MESSAGES.flatMap((message) => message.words), " src=", '"message":[']
const filter = new WordFilter(words)

export const kernelLogReader: Reader = {
  format: "kernel-log",
  title: "kernel messages (dmesg, journal, syslog)",
  words,
  sniff: (line) => (readLine(line) === undefined ? 0 : 0.8),
  open: (context) => {
    const emit = logEmitter(context)
    return {
      line: (text) => {
        const found = filter.mayHave(text) ? readLine(text) : undefined
        if (found !== undefined) emit(found)
        return found !== undefined
      },
    }
  },
}

/** What a log line says: a known message, or the row of a LOG rule. */
export type LogLine = { readonly frame: Frame } & (
  | { readonly kind: "message"; readonly message: Message; readonly match: RegExpExecArray }
  | { readonly kind: "row"; readonly prefix: string; readonly fields: string }
)

function readLine(line: string): LogLine | undefined {
  return line.length > rowLengthMax ? undefined : readFrame(frameOf(line))
}

/** What the message of a frame says; undefined when it is none of ours. */
export function readFrame(frame: Frame): LogLine | undefined {
  const text = frame.message
  const at = fieldsAt(text)
  if (at >= 0) {
    return {
      kind: "row",
      frame,
      prefix: prefixOf(text.slice(0, at), frame),
      fields: text.slice(at),
    }
  }
  const lower = text.toLowerCase()
  for (const message of LOG_MESSAGES) {
    if (!message.words.some((word) => lower.includes(word))) continue
    const match = message.pattern.exec(text)
    if (match === null) continue
    return isHead(text.slice(0, match.index))
      ? { kind: "message", frame, message, match }
      : undefined
  }
  return undefined
}

/** What stands before a message: nothing, the name of a module, or the end of a head that is not known. */
function isHead(before: string): boolean {
  const text = before.trim()
  if (text === "" || /^(?:[\w./-]{1,40}: ?){1,3}$/.test(text)) return true
  if (text.length > oddHeadMax || /["'`“”]/.test(text) || !/[\]:>|-]$/.test(text)) return false
  return text.length < 12 || /\d/.test(text)
}

/** Programs that pass on what rules log; another program's name is the rule's prefix (ulogd's files). */
const carriers =
  /^(?:kernel|klogd|vmunix|ulogd2?|firewalld?|iptables|nftables|netfilter|logger|journal|ufw)$/i

function prefixOf(text: string, frame: Frame): string {
  const { program, pid } = frame
  const after = text.lastIndexOf("kernel:")
  if (after >= 0)
    return text
      .slice(after + 7)
      .replace(/^\s*\[ *\d+\.\d+\]/, "")
      .trim()
  if (program === undefined || pid !== undefined || carriers.test(program)) return text.trim()
  return `${program}: ${text}`.trim()
}

const memoryOf = memoryPerFile((file) => new FileMemory(file))

/** Tells a section what log lines say; marks the host when it changes. */
export function logEmitter(context: SectionContext): (line: LogLine) => void {
  const { texts, years } = memoryOf(context.file)
  let host = ""
  return (line) => {
    const { frame } = line
    if (frame.host !== undefined && frame.host !== host) {
      host = frame.host
      context.mark({ host })
    }
    const time = years.timeOf(frame)
    const common = {
      at: context.here(),
      ...(time === undefined ? {} : { time }),
      ...(frame.host === undefined ? {} : { vantage: frame.host }),
    }
    if (line.kind === "row") {
      const row = netfilterRow(line.prefix, line.fields, texts)
      const count = frame.count === undefined ? {} : { count: frame.count }
      context.emit({ kind: "log", ...common, ...row, ...count })
    } else context.emit(eventOf(line.message, line.match, frame, common))
  }
}

function eventOf(
  { source, id, names }: Message,
  match: RegExpExecArray,
  frame: Frame,
  common: Pick<Observation, "at" | "time" | "vantage">,
): Observation {
  const data = dataOf(match.slice(1), names)
  if (frame.uptimeSec !== undefined) data["uptimeSec"] = frame.uptimeSec
  if (frame.clock !== undefined && common.time === undefined) data["clock"] = frame.clock
  if (frame.count !== undefined) data["count"] = frame.count
  const says = frame.message.slice(match.index).trim()
  return {
    kind: "event",
    ...common,
    source,
    id,
    says: says.length > saysMax ? `${says.slice(0, saysMax)}…` : says,
    data,
  }
}

function dataOf(groups: readonly (string | undefined)[], names: readonly string[]): Data {
  const data: Data = {}
  for (const [index, name] of names.entries()) {
    const value = groups[index]
    if (value === undefined || value === "") continue
    if (name.startsWith("#")) data[name.slice(1)] = Number(value)
    else data[name] = addressNames.has(name) ? (parseAddress(value) ?? value) : value
  }
  return data
}
