/**
 * Kernel messages that name a limit, as dmesg, journalctl, syslog (RFC 3164, RFC 5424) and
 * journald's JSON carry them, sshd's MaxStartups beside them, and the rows of LOG rules (IN= OUT=
 * SRC= DST=, Linux net/ipv4/netfilter/nf_log_ipv4.c). Wordings: Linux 2.6 to 6.18, FreeBSD
 * uipc_socket.c, kern_descrip.c; facts linux-and-clouds 1.1, 2, 3, 4.5, 5. A message counts only
 * behind a log's own line head or at the start of a line: a document that quotes it is not
 * evidence.
 */
import type { Endpoint } from "../model/fourtuple.ts"
import { makeEndpoint } from "../model/fourtuple.ts"
import type { Observation } from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import { instantOfNumber, readLogTime } from "./client-log-time.ts"
import type { Reader, SectionContext } from "./reader.ts"

/** A kernel message has at most 1 KiB; the rest is room for heads and JSON. */
const rowLengthMax = 8192

type Data = Record<string, string | number>

type Message = {
  readonly id: string
  readonly pattern: RegExp
  /** Names of the pattern's groups, in order; a leading # marks a number. */
  readonly names: readonly string[]
}

/** Every wording, the longer first where one contains another. */
export const kernelMessages: readonly Message[] = [
  {
    id: "conntrack-table-full",
    pattern: new RegExp(
      [
        "(?:(?:nf|ip)_conntrack: ?)+(?:nf_conntrack: )?(?:expectation )?table full(?: i",
        String.raw`n netns (\S+?))?[,:]? ?(?:dropping packet|max)`,
      ].join(""),
    ),
    names: ["netns"],
  },
  {
    id: "syn-flooding",
    pattern: new RegExp(
      [
        String.raw`(?:request_sock_(\w+): )?[Pp]ossible SYN flooding on port (?:\[?([0-9a-fA-F.:]`,
        String.raw`+)\]?[:.])?(\d+)\b(?![.:]\d)(?:.*?(Sending cookies|Dropping request))?`,
      ].join(""),
    ),
    names: ["protocol", "address", "#port", "action"],
  },
  { id: "too-many-orphans", pattern: /(?:TCP: )?too many (?:of )?orphaned sockets/, names: [] },
  {
    id: "tcp-out-of-memory",
    pattern: new RegExp(
      [
        "(?:TCP: )?out of memory -- consider tuning tcp_mem|TCP: out of socket memory|",
        "Out of socket memory",
      ].join(""),
    ),
    names: [],
  },
  {
    id: "time-wait-table-overflow",
    pattern: /(?:TCP: )?time wait bucket table overflow/,
    names: [],
  },
  { id: "file-max-reached", pattern: /VFS: file-max limit (\d+) reached/, names: ["#limit"] },
  { id: "no-more-sockets", pattern: /socket: no more sockets/, names: [] },
  {
    id: "listen-queue-overflow",
    pattern: new RegExp(
      [
        String.raw`sonewconn: (?:pcb \S+ ?)?(?:\(([0-9a-fA-F.:[\]]+):(\d+) \(proto \d+\)\))?.*?Li`,
        String.raw`sten queue overflow: (\d+) already in queue(?: awaiting acceptance)?(?: \((\d+`,
        String.raw`) occurrences\))?`,
      ].join(""),
    ),
    names: ["address", "#port", "#queued", "#occurrences"],
  },
  {
    id: "file-max-reached",
    pattern: /kern\.maxfiles limit exceeded by uid (\d+)|file: table is full/,
    names: ["#uid"],
  },
  {
    id: "no-more-sockets",
    pattern: /kern\.ipc\.maxsockets limit reached|kern\.ipc\.nmbclusters limit reached/,
    names: [],
  },
  {
    id: "pf-states-limit",
    pattern: /\[zone: pf states\] PF states limit reached|pf: state(?:s)? limit reached/,
    names: [],
  },
  {
    id: "sshd-max-startups",
    pattern: new RegExp(
      [
        String.raw`drop connection #(\d+) from \[([^\]]+)\]:(\d+) on \[([^\]]+)\]:(\d+) past (?:M`,
        "axStartups|PerSourceMaxStartups)",
      ].join(""),
    ),
    names: ["#number", "peer", "#peerPort", "address", "#port"],
  },
  {
    id: "sshd-max-startups",
    pattern: new RegExp(
      [
        "(?:error: )?beginning MaxStartups throttling|",
        String.raw`exited MaxStartups throttling after (?:.*?), (\d+) connections dropped`,
      ].join(""),
    ),
    names: ["#dropped"],
  },
]

/** Every message above and every LOG row contains one of these. */
const gate = new RegExp(
  [
    "conntrack|SYN flooding|orphaned socket|tcp_mem|socket memory|bucket table|",
    String.raw`file-max|more sockets|isten queue|IN=\S* ?(?:PHYSIN=\S* ?)?OUT=|MaxStartups|`,
    "maxfiles|table is full|limit reached",
  ].join(""),
)

/** What stands before the message. */
type Head = {
  readonly instant?: Instant
  readonly clock?: string
  readonly uptimeSec?: number
  readonly host?: string
  readonly count?: number
}

export const kernelLogReader: Reader = {
  format: "kernel-log",
  title: "kernel messages (dmesg, journal, syslog)",
  sniff: (line) => (isCandidate(line) && readRow(line) !== undefined ? 0.8 : 0),
  open: (context) => ({
    line: (text) => {
      if (!isCandidate(text)) return false
      const row = readRow(text)
      if (row === undefined) return false
      emitRow(context, row)
      return true
    },
  }),
}

type Row =
  | {
      readonly kind: "message"
      readonly head: Head
      readonly id: string
      readonly data: Data
      readonly says: string
    }
  | {
      readonly kind: "packet"
      readonly head: Head
      readonly prefix: string
      readonly fields: string
    }

function isCandidate(line: string): boolean {
  return line.length <= rowLengthMax && gate.test(line)
}

function readRow(line: string): Row | undefined {
  if (line.startsWith("{")) return readJournalRow(line)
  return readText(line, undefined)
}

/** journalctl -o json: MESSAGE with its own time and host. */
function readJournalRow(line: string): Row | undefined {
  if (!line.includes('"MESSAGE"')) return undefined
  const record = parseObject(line)
  const text = record?.["MESSAGE"]
  if (record === undefined || typeof text !== "string") return undefined
  const instant = instantOfNumber(Number(record["__REALTIME_TIMESTAMP"]))
  const host = record["_HOSTNAME"]
  const uptime = Number(record["_SOURCE_MONOTONIC_TIMESTAMP"] ?? Number.NaN) / 1e6
  return readText(text, {
    ...(instant === undefined ? {} : { instant }),
    ...(typeof host === "string" ? { host } : {}),
    ...(Number.isFinite(uptime) ? { uptimeSec: uptime } : {}),
  })
}

function readText(line: string, given: Head | undefined): Row | undefined {
  const packet = /IN=\S* ?(?:PHYSIN=\S* ?)?OUT=/.exec(line)
  if (packet !== null) return readPacket(line, packet.index, given)
  for (const { id, pattern, names } of kernelMessages) {
    const match = pattern.exec(line)
    if (match === null) continue
    const before = line.slice(0, match.index)
    if (given === undefined && !isHead(before)) return undefined
    const data = dataOf(match.slice(1), names)
    return {
      kind: "message",
      head: given ?? readHead(before),
      id,
      data,
      says: line.slice(match.index),
    }
  }
  return undefined
}

const headBounds = new RegExp(
  [
    String.raw`^(.*(?:kernel:|kernel)\s*(?:\[ *\d+\.\d+\])?|(?:<\d+>)?\[ *\d+\.\d+\]|`,
    String.raw`\[\w{3} \w{3} [\d :]+\])\s*`,
  ].join(""),
)

function readPacket(line: string, start: number, given: Head | undefined): Row | undefined {
  if (!/ SRC=\S+ DST=\S+/.test(line)) return undefined
  const before = line.slice(0, start)
  const bounds = headBounds.exec(before)
  const headText = bounds?.[0] ?? ""
  const prefix = before.slice(headText.length).trim()
  return { kind: "packet", head: given ?? readHead(headText), prefix, fields: line.slice(start) }
}

/** A log's head ends in a mark and has a digit in it; "TCP:" alone may stand there too. */
function isHead(before: string): boolean {
  const text = before
    .trim()
    .replace(/\bTCP:$/, "")
    .trim()
  if (text === "") return true
  if (text.length > 160 || /["'`“”]/.test(text) || !/[\]:>|-]$/.test(text)) return false
  return text.length < 12 || /\d/.test(text)
}

function readHead(text: string): Head {
  if (text.trim() === "") return {}
  const uptime = /\[ *(\d{1,9}\.\d{1,9})\]/.exec(text)
  const stamp = readLogTime(text)
  const isUptime = stamp !== undefined && uptime !== null && stamp.start === uptime.index
  const host =
    /(?:\d|Z|[A-Z]{3,4})\s+([A-Za-z0-9][\w.-]*)\s+(?:[\w.]+ )?(?:kernel|sshd(?:-session)?)\b/.exec(
      text,
    )
  const repeated = /message repeated (\d{1,9}) times: \[/.exec(text)
  return {
    ...(stamp?.instant === undefined || isUptime ? {} : { instant: stamp.instant }),
    ...(stamp !== undefined && stamp.instant === undefined ? { clock: stamp.text } : {}),
    ...(uptime === null ? {} : { uptimeSec: Number(uptime[1]) }),
    ...(host?.[1] === undefined ? {} : { host: host[1] }),
    ...(repeated === null ? {} : { count: Number(repeated[1]) }),
  }
}

function dataOf(groups: readonly (string | undefined)[], names: readonly string[]): Data {
  const data: Data = {}
  for (const [index, name] of names.entries()) {
    const value = groups[index]
    if (value === undefined || value === "") continue
    if (name.startsWith("#")) data[name.slice(1)] = Number(value)
    else data[name] = value
  }
  return data
}

function emitRow(context: SectionContext, row: Row): void {
  const { head } = row
  if (head.host !== undefined) context.mark({ host: head.host })
  const common = {
    at: context.here(),
    ...(head.instant === undefined ? {} : { time: head.instant }),
    ...(head.host === undefined ? {} : { vantage: head.host }),
  }
  if (row.kind === "packet") {
    context.emit(logOf(common, row.prefix, row.fields))
    return
  }
  const data: Data = { ...row.data }
  if (head.uptimeSec !== undefined) data["uptimeSec"] = head.uptimeSec
  if (head.clock !== undefined) data["clock"] = head.clock
  if (head.count !== undefined) data["count"] = head.count
  const source = row.id.startsWith("sshd") ? "sshd" : "kernel"
  context.emit({ kind: "event", ...common, source, id: row.id, says: row.says.trim(), data })
}

type CommonFields = Pick<Observation, "at" | "time" | "vantage">

function logOf(common: CommonFields, prefix: string, fields: string): Observation {
  const from = endpointOf(fields, "SRC", "SPT")
  const to = endpointOf(fields, "DST", "DPT")
  const flags = /\bRES=0x\w+ ((?:[A-Z]{3} )+)/.exec(fields)?.[1]?.trim()
  return {
    kind: "log",
    ...common,
    source: "netfilter",
    action: actionOf(prefix),
    ...(flags === undefined ? {} : { result: flags }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(prefix === "" ? {} : { rule: prefix.replace(/[:\s]+$/, "") }),
  }
}

/** A LOG rule says nothing of the verdict; its prefix usually does. */
function actionOf(prefix: string): string {
  if (/reject/i.test(prefix)) return "reject"
  if (/drop|den(?:y|ied)|block|refus|limit|invalid|flood/i.test(prefix)) return "drop"
  return /accept|allow|permit/i.test(prefix) ? "accept" : "log"
}

function endpointOf(fields: string, address: string, port: string): Endpoint | undefined {
  const host = new RegExp(`\\b${address}=(\\S+)`).exec(fields)?.[1]
  const number = new RegExp(`\\b${port}=(\\d{1,5})\\b`).exec(fields)?.[1]
  return host === undefined ? undefined : makeEndpoint(host, number ?? "*")
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
