/**
 * `netsh int tcp show global|supplemental` (Vista and later, old and new sets of lines) and `netsh
 * int ipv4 show tcpstats`: a title, a ruler, then "Label : value". Labels are English or recognised
 * by what every language leaves untranslated (ECN, RFC 1323, Fast Open); the two numbers of `show
 * global` are told apart by size, since an initial RTO is at least 300 ms and retransmissions are
 * few.
 */
import { hasRulerAhead, isRuler, parseLabelValue, parseWhole } from "./label-value.ts"
import { commandKind, mentionsNetsh } from "./netsh.ts"
import { commandOf } from "./prompt.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

/** Names as Get-NetTCPSetting and Get-NetOffloadGlobalSetting spell them. */
const globals: readonly (readonly [RegExp, string])[] = [
  [/initial\s*rto|\brto\b/i, "InitialRto"],
  [/max(?:imum)? syn|\bsyn\b/i, "MaxSynRetransmissions"],
  [/1323|timestamps?|zeitstempel|horodat/i, "Timestamps"],
  [/non[- ]sack/i, "NonSackRttResiliency"],
  [/auto-?tuning level|auto-?tun/i, "AutoTuningLevel"],
  [/\becn\b/i, "EcnCapability"],
  [/fast ?open fallback/i, "FastOpenFallback"],
  [/fast ?open/i, "FastOpen"],
  [/hystart/i, "HyStart"],
  [/proportional rate|\bprr\b/i, "ProportionalRateReduction"],
  [/pacing/i, "PacingProfile"],
  [/receive-side scaling|\brss\b/i, "ReceiveSideScaling"],
  [/segment coalescing|\brsc\b/i, "ReceiveSegmentCoalescing"],
  [/chimney/i, "Chimney"],
  [/netdma/i, "NetDMA"],
  [/direct cache|\bdca\b/i, "DirectCacheAccess"],
  [/congestion/i, "CongestionProvider"],
]

const statistics: readonly (readonly [RegExp, string])[] = [
  [/^active opens/i, "TcpActiveOpens"],
  [/^passive opens/i, "TcpPassiveOpens"],
  [/^attempts failed/i, "TcpAttemptFails"],
  [/^established resets/i, "TcpEstabResets"],
  [/^currently established/i, "TcpCurrEstab"],
  [/^in segments/i, "TcpInSegs"],
  [/^out segments/i, "TcpOutSegs"],
  [/^retransmitted segments/i, "TcpRetransSegs"],
  [/^in errors/i, "TcpInErrs"],
  [/^out resets/i, "TcpOutRsts"],
]

export const netshTcpReader: Reader = shortLines({
  format: "netsh-tcp",
  title: "netsh int tcp show global",
  sniff(line, ahead) {
    if (globalCommand(line) || commandKind(line) === "tcpst") return 0.9
    if (line.length > 160 || !hasRulerAhead(ahead) || !/TCP/i.test(line)) return 0
    if (parseLabelValue(line)?.value) return 0
    const after = ahead.filter((next) => next.trim() !== "")
    if (!isRuler(after[0], 20)) return 0
    const pairs = after.slice(1).filter((next) => parseLabelValue(next) !== undefined)
    if (pairs.length < Math.min(2, after.length - 1)) return 0
    // Two numbers and nothing else is a dynamic port range, which its own reader claims.
    return pairs.some((pair) => parseWhole(parseLabelValue(pair)?.value ?? "") === undefined)
      ? 0.7
      : 0.4
  },
  open: netshTcpSection,
})

function netshTcpSection(context: SectionContext): Section {
  let ruled = false
  let pairs = 0
  let of: string | undefined
  let preamble = 0
  context.mark({ system: "windows" })
  return {
    line(text) {
      if (text.trim() === "") return true
      if (isRuler(text, 20)) {
        if (ruled && pairs === 0) return false
        ruled = true
        return true
      }
      if (!ruled) {
        of ??= templateOf(text)
        return preamble++ < 4
      }
      const pair = parseLabelValue(text)
      if (pair === undefined) {
        // Newer builds append a paragraph on where a value came from, marked with stars.
        return /^\s*(?:\*\*|[-*] )/.test(text)
      }
      pairs++
      emitPair(context, pair, of)
      return true
    },
    end() {
      if (ruled && pairs === 0) context.odd("section-truncated", "TCP parameters are missing")
    },
  }
}

function emitPair(
  context: SectionContext,
  pair: { readonly label: string; readonly value: string },
  of: string | undefined,
): void {
  const { label } = pair
  const value = pair.value.replace(/\s*<-.*$/, "").trim()
  const at = context.here()
  const number = parseWhole(value)
  const counter = statistics.find(([pattern]) => pattern.test(label))?.[1]
  if (counter !== undefined) {
    if (number !== undefined) context.emit({ kind: "counter", name: counter, value: number, at })
    return
  }
  const name = nameOf(label, number)
  if (name === undefined || value === "") return
  const whose = of === undefined ? {} : { of }
  context.emit({ kind: "setting", name, value: number ?? value.toLowerCase(), ...whose, at })
}

function nameOf(label: string, number: number | undefined): string | undefined {
  if (/minimum rto/i.test(label)) return "MinRto"
  const known = globals.find(([pattern]) => pattern.test(label))?.[1]
  if (number === undefined || known === "InitialRto" || known === "MaxSynRetransmissions") {
    return known
  }
  if (known !== undefined) return known
  // A number under an unknown label in another language: only then is its size a guess.
  if (/^[\x20-\x7e]+$/.test(label) && !/rto|syn/i.test(label)) return undefined
  return number >= 300 ? "InitialRto" : number <= 20 ? "MaxSynRetransmissions" : undefined
}

function templateOf(text: string): string | undefined {
  return (
    /template\s*=\s*(\w+)/i.exec(text)?.[1] ?? /\b(internet|datacenter|compat)\b/i.exec(text)?.[1]
  )
}

function globalCommand(line: string): boolean {
  if (!mentionsNetsh(line)) return false
  const command = commandOf(line) ?? line.trim()
  return /\bnetsh\s+i\w*\s+tcp\s+sh\w*\s+(?:gl|su)/i.test(command)
}
