/**
 * `diagnose sys session stat` (and full-stat) of FortiGate: sessions now, translated ports that clashed, sessions
 * dropped for want of memory, embryonic sessions and their bound. Sample outputs: Fortinet community, "How to determine
 * whether a NAT port is exhausted" (article 198590) and "conserve mode".
 */
import type { Reader, Section, SectionContext } from "../reader.ts"

const counted = new Map([
  ["session_count", "fortigate.sessions"],
  ["setup_rate", "fortigate.setup_rate"],
  ["clash", "fortigate.clash"],
  ["memory_tension_drop", "fortigate.memory_tension_drop"],
  ["extreme_low_mem", "fortigate.extreme_low_mem"],
  ["ephemeral", "fortigate.ephemeral"],
])
const configured = new Map([["ses_limit", "fortigate.session_limit"]])
const lineLengthMax = 400

export const fortigateSessionsReader: Reader = {
  format: "fortigate-sessions",
  title: "FortiGate diagnose sys session stat",
  words: ["session_count="],
  inLogs: false,
  sniff: (line) => (/^\s*misc info:\s+session_count=\d/.test(line) ? 0.9 : 0),
  open: (context) => ({ line: (text) => takeLine(text, context) }) satisfies Section,
}

function takeLine(text: string, context: SectionContext): boolean {
  if (text.length > lineLengthMax) return false
  const state = /^\s+(\d{1,12}) in ([A-Z_]{3,20}) state$/.exec(text)
  if (state !== null) {
    const [, count, name = ""] = state
    const counter = `fortigate.tcp.${name.toLowerCase()}`
    context.emit({ kind: "counter", at: context.here(), name: counter, value: Number(count) })
    return true
  }
  const pairs = [...text.matchAll(/\b([a-z_0-9]{2,40})=(\d{1,15})(?:\/(\d{1,15}))?\b/g)]
  if (pairs.length === 0) return known.test(text)
  for (const [, key = "", value, bound] of pairs) {
    const counter = counted.get(key)
    const setting = configured.get(key)
    const at = context.here()
    if (counter !== undefined)
      context.emit({ kind: "counter", at, name: counter, value: Number(value) })
    // 0 stands for no limit.
    if (setting !== undefined && value !== "0") {
      context.emit({ kind: "setting", at, name: setting, value: Number(value) })
    }
    if (key === "ephemeral" && bound !== undefined && bound !== "0") {
      context.emit({ kind: "setting", at, name: "fortigate.ephemeral_limit", value: Number(bound) })
    }
  }
  return true
}

/** Lines of the output that have no pair. */
const known = /^(?:TCP sessions:|firewall error stat:|session walkers:|\s*[a-z_]+=[0-9a-f]{8})/
