/**
 * `ping` of Windows (every language, by shape: sent, received and lost in this order, the share in
 * %, times in ms), Linux iputils, macOS and the BSDs, busybox, and fping's summaries. One fact a
 * target. Windows counts an answer of a router ("Destination host unreachable") as received:
 * replies with TTL= are counted too, and the smaller number is kept. A name that did not resolve
 * becomes a name-answer.
 */
import { parseAddress } from "../model/fourtuple.ts"
import { errorInText } from "./client-log-error.ts"
import { emitPing, type Tally } from "./ping-fact.ts"
import {
  addressesIn,
  isWindowsHead,
  isWindowsSign,
  unknownHost,
  windowsCounts,
  windowsSection,
} from "./ping-windows.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const unixHead = /^PING6?[ (]\S/
const unixStatistics = /^--- (\S+) ping6? statistics ---/
const unixCounts = /^(\d+) packets? transmitted, (\d+) (?:packets? )?received/
const unixTimes =
  /^(?:rtt|round-trip) min\/avg\/max(?:\/\S+)? = ([\d.]+)\/([\d.]+)\/([\d.]+)(?:\/[\d.]+)? ms/
const fping = /^(\S+) : xmt\/rcv\/%loss = (\d+)\/(\d+)\/(\d+)%(?:, min\/avg\/max = ([\d./]+))?/

export const pingReader: Reader = shortLines({
  format: "ping",
  title: "ping",
  sniff(line, ahead) {
    const first = line.charCodeAt(0)
    if (first === 80 && unixHead.test(line) && /bytes|data/.test(line)) return 0.9
    if (first === 45 && unixStatistics.test(line)) return 0.9
    if (line.includes("xmt/rcv/%loss")) return fping.test(line) ? 0.9 : 0
    if (unknownHost(line) !== undefined) return 0.7
    if (line.includes("TTL=") && /TTL=\d+\s*$/.test(line) && addressesIn(line).length > 0)
      return 0.6
    if (!isWindowsHead(line)) return windowsCounts([line, ahead[0] ?? ""]) !== undefined ? 0.5 : 0
    return ahead.some(isWindowsSign) ? 0.85 : 0
  },
  open: (context) => {
    let chosen: Section | undefined
    return {
      line(text) {
        chosen ??= choose(text, context)
        return chosen.line(text)
      },
      end: () => chosen?.end?.(),
    }
  },
})

/** With a stamp before each line: there the replies and fping's summaries are known. */
export const timedPingReader: Reader = {
  ...pingReader,
  words: ["ttl=0", "xmt/rcv/%loss"],
  sniff: (line, ahead, file) => {
    const isKnown = line.includes("xmt/rcv/%loss") || /TTL=\d+\s*$/.test(line)
    return isKnown ? pingReader.sniff(line, ahead, file) : 0
  },
}

function choose(text: string, context: SectionContext): Section {
  if (text.includes("xmt/rcv/%loss")) return fpingSection(context)
  return unixHead.test(text) || unixStatistics.test(text)
    ? unixSection(context)
    : windowsSection(context)
}

function unixSection(context: SectionContext): Section {
  let tally: Tally = { target: "", replies: 0, line: context.lineNumber() }
  let counts: { sent: number; received: number; line: number } | undefined
  let times: readonly number[] = []
  const flush = () => {
    if (counts !== undefined) emitPing(context, tally, { ...counts, times })
    else if (tally.replies > 0) context.odd("section-truncated", "ping ends without its summary")
    counts = undefined
    times = []
  }
  return {
    line(raw) {
      const text = raw.replace(/^\^C/, "")
      if (text.trim() === "" || /^PATTERN:/.test(text)) return true
      if (unixHead.test(text)) {
        flush()
        const match = /^PING6?[ (]+([^\s()]+)\)?(?: \(?\(?([0-9a-fA-F:.%\w]+)\)?)?/.exec(text)
        const address = parseAddress(match?.[2] ?? "") ?? parseAddress(match?.[1] ?? "")
        const known = address === undefined ? {} : { address }
        tally = { target: match?.[1] ?? "", replies: 0, line: context.lineNumber(), ...known }
        return true
      }
      const statistics = unixStatistics.exec(text)
      if (statistics !== null) {
        tally.target = statistics[1] ?? tally.target
        return true
      }
      const count = unixCounts.exec(text)
      if (count !== null) {
        const line = context.lineNumber()
        counts = { sent: Number(count[1]), received: Number(count[2]), line }
        return true
      }
      const time = unixTimes.exec(text)
      if (time !== null) {
        times = time.slice(1, 4).map(Number)
        return true
      }
      if (counts !== undefined) return false
      const isReply = /bytes from /.test(text)
      if (isReply) tally.replies++
      // "ping: sendmsg: Operation not permitted": the host's own filter, not the path.
      const refusal = /^ping6?: send\w*: /.test(text) ? errorInText(text)?.error.name : undefined
      if (refusal !== undefined) tally.error = refusal
      return isReply || /^(?:From |Request timeout|no answer|ping: send|\d+ bytes)/i.test(text)
    },
    end: flush,
  }
}

function fpingSection(context: SectionContext): Section {
  return {
    line(text) {
      const match = fping.exec(text)
      if (match === null) return text.trim() === ""
      const times = (match[5] ?? "").split("/").filter((part) => part !== "")
      const tally = { target: match[1] ?? "", replies: 0, line: context.lineNumber() }
      const [min = Number.NaN, avg = Number.NaN, max = Number.NaN] = times.map(Number)
      const counts = { sent: Number(match[2]), received: Number(match[3]), line: tally.line }
      emitPing(context, tally, { ...counts, times: times.length === 3 ? [min, avg, max] : [] })
      return true
    },
  }
}
