/**
 * The rows of LOG rules: "prefix IN=eth0 OUT= MAC=… SRC=… DST=… PROTO=TCP SPT=… DPT=… SYN" (Linux
 * net/netfilter/nf_log_syslog.c), as iptables, nftables, ufw, firewalld and Shorewall have them written and as ulogd
 * writes them from NFLOG. A rule logs whatever its owner wants, so what was done is known only from the prefix: a
 * prefix without a known word says nothing. And only a SYN is an attempt to connect.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { RowTexts } from "./row-texts.ts"

/** A row without its place. */
export type NetfilterRow = Omit<LogObservation, "kind" | "at" | "time" | "vantage">

type OpenNetfilterRow = { -readonly [Key in keyof NetfilterRow]: NetfilterRow[Key] }

const did = { drop: "deny", reject: "deny", accept: "open" } as const

/** What a prefix says was done: the rule's own word, and what that is for all sources. */
type Verdict = Pick<NetfilterRow, "action" | "did">

const verdicts = new Map<string, Verdict>()
const prefixesMax = 1024

/** The last of these counts: "net2fw:DROP", "[UFW LIMIT BLOCK]", "accept-then-log-drop". */
const clearWord =
  /(drop|block|den(?:y|ied)|refus|discard|\bbann?(?:ed)?\b)|(reject)|(accept|allow|permit|\bpass(?:ed)?\b)/gi
/** A limit that is named in a prefix is named for what is over it. */
const limitWord = /limit|exceed|flood|too.?many|over\b|brute/i
/** Rules that only look on: ufw's audit, the kernel's own notes on invalid packets, traces. */
const lookingOn = /audit|trace|nf_ct_|debug/i

export function verdictOf(prefix: string): Verdict {
  const known = verdicts.get(prefix)
  if (known !== undefined) return known
  const verdict = readVerdict(prefix)
  if (verdicts.size >= prefixesMax) verdicts.clear()
  verdicts.set(` ${prefix}`.slice(1), verdict)
  return verdict
}

function readVerdict(prefix: string): Verdict {
  if (lookingOn.test(prefix)) return { action: "log" }
  const last = [...prefix.matchAll(clearWord)].at(-1)
  if (last !== undefined) {
    const action = last[1] !== undefined ? "drop" : last[2] !== undefined ? "reject" : "accept"
    return { action, did: did[action] }
  }
  if (limitWord.test(prefix)) return { action: "drop", did: "deny" }
  return /invalid/i.test(prefix) ? { action: "drop", did: "deny" } : { action: "log" }
}

/** Where the fields of a row begin in a text; −1 where there are none. */
export function fieldsAt(text: string): number {
  const source = text.indexOf(" SRC=")
  if (source < 0 || text.indexOf(" DST=", source) < 0) return -1
  const at = text.indexOf("IN=")
  if (at < 0 || at > source) return -1
  const isWord = at === 0 || !/[\w"]/.test(text.charAt(at - 1))
  const out = text.indexOf("OUT=", at)
  return isWord && out > at && out < source ? at : firstFields(text, source)
}

/** "PREFIXIN=eth0" is a prefix without a blank at its end, and "LOGIN=" another program's field. */
function firstFields(text: string, source: number): number {
  const match = /IN=[\w.:@-]*(?: PHYSIN=\S*)? OUT=/.exec(text)
  return match !== null && match.index < source ? match.index : -1
}

/** The row whose fields begin there; what stands before them is the prefix. */
export function netfilterRow(prefix: string, fields: string, texts: RowTexts): NetfilterRow {
  // The packet that an ICMP error tells of stands in brackets: its ports are not this packet's.
  const inner = fields.indexOf(" [SRC=")
  const own = inner < 0 ? fields : fields.slice(0, inner)
  const rule = prefix.replace(/[:\s"]+$/, "").replace(/^"/, "")
  const verdict = verdictOf(rule)
  const row: OpenNetfilterRow = { source: "netfilter", action: verdict.action }
  const protocol = protocolOf(fieldOf(own, " PROTO="))
  if (protocol !== undefined) row.protocol = protocol
  const flags = protocol === "tcp" ? flagsOf(own) : undefined
  const isAttempt = protocol !== "tcp" || flags === "SYN"
  if (verdict.did !== undefined && isAttempt) row.did = verdict.did
  if (flags !== undefined && flags !== "") row.result = flags
  const from = endpointOf(own, " SRC=", " SPT=", texts)
  const to = endpointOf(own, " DST=", " DPT=", texts)
  if (from !== undefined) row.from = from
  if (to !== undefined) row.to = to
  if (rule !== "") row.rule = texts.word(rule)
  return row
}

function endpointOf(
  fields: string,
  address: string,
  port: string,
  texts: RowTexts,
): Endpoint | undefined {
  const host = fieldOf(fields, address)
  return host === undefined ? undefined : texts.endpoint(host, fieldOf(fields, port))
}

/** Behind the reserved bits (the kernel) or the window (ulogd). */
const flagWords =
  /^ (?:RES=0x\w+|WINDOW=\d+(?: RES=0x\w+)?) ((?:(?:CWR|ECE|URG|ACK|PSH|RST|SYN|FIN)(?: |$))*)/

/** "SYN", "ACK SYN" …: the words of the flags; undefined where the row was cut before them. */
function flagsOf(fields: string): string | undefined {
  const reserved = fields.indexOf(" RES=0x")
  const at = reserved < 0 ? fields.indexOf(" WINDOW=") : reserved
  if (at < 0) return undefined
  return flagWords
    .exec(fields.slice(at, at + 80))?.[1]
    ?.replace(/\b(?:CWR|ECE) /g, "")
    .trim()
}

const protocols: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", "1": "icmp" }

function protocolOf(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined
  return protocols[text] ?? text.toLowerCase()
}

function fieldOf(fields: string, key: string): string | undefined {
  const at = fields.indexOf(key)
  if (at < 0) return undefined
  const from = at + key.length
  const end = fields.indexOf(" ", from)
  const value = end < 0 ? fields.slice(from) : fields.slice(from, end)
  return value === "" ? undefined : value
}
