/**
 * `ping` of Windows in any language, by shape: a heading with an address and a size that ends in a
 * colon, replies that end in TTL=, sent, received and lost in this order, minimum, maximum, average
 * in this order. NT 4.0 prints no summary: there the replies are counted.
 */
import { parseAddress } from "../model/fourtuple.ts"
import { emitPing, type Tally } from "./ping-fact.ts"
import { commandOf } from "./prompt.ts"
import type { Section, SectionContext } from "./reader.ts"

const windowsReply = /TTL=\d+\s*$|^\S.*[=<]\d+ ?\S{1,6}\s*$/
const bracketed = /\[([0-9a-fA-F:.%\w]+)\]/
const linesMax = 10_000

/** The section of a Windows ping. */
export function windowsSection(context: SectionContext): Section {
  context.mark({ system: "windows" })
  return new WindowsPing(context)
}

class WindowsPing implements Section {
  readonly #context: SectionContext
  #tally: Tally | undefined
  #counts: { sent: number; received: number; line: number } | undefined
  #times: readonly number[] = []
  /** Lines between heading and summary: replies and what stands in place of one. */
  #answers = 0
  #held = ""
  #tail = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    const host = unknownHost(text)
    if (host !== undefined) {
      emitUnknown(this.#context, host)
      return true
    }
    if (isWindowsHead(text)) {
      this.end()
      this.#tally = targetOf(text, this.#context)
      return true
    }
    if (this.#counts !== undefined) return this.#afterCounts(text)
    this.#tally ??= targetOf(text, this.#context)
    const counted = windowsCounts([text]) ?? windowsCounts([this.#held + text])
    // Italian and some old builds break the three counts over two lines.
    this.#held = /^\s/.test(text) ? text.trimEnd() : ""
    if (counted !== undefined) {
      this.#counts = { ...counted, line: this.#context.lineNumber() }
      return true
    }
    return this.#answer(text, this.#tally)
  }

  end(): void {
    const tally = this.#tally
    if (tally !== undefined) {
      const counts = this.#counts ?? {
        sent: this.#answers,
        received: tally.replies,
        line: tally.line,
      }
      const received =
        this.#answers > 0 ? Math.min(counts.received, tally.replies) : counts.received
      if (this.#counts === undefined && this.#answers > 0) {
        this.#context.odd("section-truncated", "ping ends without its summary", tally.line)
      }
      emitPing(this.#context, tally, { ...counts, received, times: this.#times })
    }
    this.#tally = undefined
    this.#counts = undefined
    this.#times = []
    this.#answers = 0
    this.#held = ""
    this.#tail = 0
  }

  #afterCounts(text: string): boolean {
    const times = windowsTimes(text)
    if (times !== undefined) this.#times = times
    if (times !== undefined) return true
    // The share of loss may be wrapped; then comes the title of the times.
    return ++this.#tail <= 3 && (/^\s+\S.{0,40}$/.test(text) || /[:：]\s*$/.test(text))
  }

  #answer(text: string, tally: Tally): boolean {
    // The title of the summary names the address again and ends in a colon.
    if (/[:：]\s*$/.test(text)) return addressesIn(text).length > 0 || /\bping\b/i.test(text)
    if (!/^\S/.test(text)) return /\d.*\d/.test(text)
    if (text.length > 160 || ++this.#answers > linesMax) return false
    if (commandOf(text) !== undefined) {
      this.#answers--
      return false
    }
    if (windowsReply.test(text) && addressesIn(text).length > 0) tally.replies++
    return true
  }
}

/**
 * "Pinging host [address] with 32 bytes of data:" in any language: address, a size, a colon at the
 * end.
 */
export function isWindowsHead(line: string): boolean {
  if (line.length > 200 || !/[:：]\s*$/.test(line)) return false
  const rest = line.replace(/\[[^\]]*\]/g, " ")
  const named = bracketed.test(line) || addressesIn(line).length > 0
  return named && /\b\d{1,5}\b/.test(withoutAddresses(rest)) && !/[=<]/.test(line)
}

/** Whether a line can only come from a Windows ping. */
export function isWindowsSign(line: string): boolean {
  return /TTL=\d+\s*$/.test(line) || windowsCounts([line]) !== undefined
}

/** Sent = received + lost, three numbers behind equal signs, on one line or two. */
export function windowsCounts(
  lines: readonly string[],
): { readonly sent: number; readonly received: number } | undefined {
  for (const line of lines.slice(0, 2)) {
    if (line.length > 200 || !/^\s+\S/.test(line)) continue
    const values = [...line.matchAll(/[=:：]\s*(\d{1,9})(?!\d|[^\s,;.、，(]*ms)/g)].map(firstNumber)
    const [sent = -1, received = -1, lost = -1] = values
    if (values.length >= 3 && sent > 0 && sent === received + lost) return { sent, received }
  }
  return undefined
}

function firstNumber(match: RegExpMatchArray): number {
  return Number(match[1])
}

/** Minimum, average, maximum: Windows prints minimum, maximum, average. */
function windowsTimes(line: string): readonly number[] | undefined {
  const values = [...line.matchAll(/[=:：]\s*(\d{1,9})\s*\p{L}{1,6}/gu)].map(firstNumber)
  const [min, max, avg] = values
  if (min === undefined || max === undefined || avg === undefined) return undefined
  return values.length === 3 && min <= max ? [min, avg, max] : undefined
}

function targetOf(text: string, context: SectionContext): Tally {
  const inside = parseAddress(bracketed.exec(text)?.[1] ?? "")
  const [first] = addressesIn(text)
  const name = /(\S+)\s*\[/.exec(text)?.[1]
  const target = (inside === undefined ? undefined : name) ?? first ?? ""
  const address = inside ?? first
  const known = address === undefined ? {} : { address }
  return { target, replies: 0, line: context.lineNumber(), ...known }
}

/** The addresses a line names. */
export function addressesIn(line: string): readonly string[] {
  const found = line.match(
    /\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:%\w+)?/g,
  )
  return (found ?? []).flatMap(
    (text) => parseAddress(text) ?? parseAddress(text.replace(/:$/, "")) ?? [],
  )
}

function withoutAddresses(line: string): string {
  return line.replace(/\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+/g, " ")
}

const unknownHosts = [
  /^ping request could not find host (\S+?)\.? please/i,
  /^unknown host (\S+?)\.?$/i,
  /^ping: (?:cannot resolve )?(\S+?): (?:unknown host|name or service|temporary failure)/i,
  /^ping: unknown host (\S+)/i,
  /^ping: bad address '([^']+)'/i,
  /^ping-anforderung konnte host "([^"]+)" nicht finden/i,
  /^la requête ping n['’]a pas pu trouver l['’]hôte (\S+?)\.(?:\s|$)/i,
  /^la solicitud de ping no pudo encontrar el host (\S+?)\.(?:\s|$)/i,
  /^impossibile trovare l['’]host (\S+?)\.(?:\s|$)/i,
  /^a solicitação ping não pôde encontrar o host (\S+?)\.(?:\s|$)/i,
  /^(?:żądanie polecenia ping nie może znaleźć hosta) (\S+?)\.(?:\s|$)/i,
  /^при проверке связи не удалось обнаружить узел (\S+?)\.(?:\s|$)/i,
  /^ping 要求ではホスト (\S+?) が見つかりませんでした/i,
]

/** The name that ping says it cannot resolve. */
export function unknownHost(line: string): string | undefined {
  if (line.length > 300 || !/^(?:ping|unknown|la |imp|a |ż|при)/i.test(line)) return undefined
  for (const pattern of unknownHosts) {
    const host = pattern.exec(line)?.[1]
    if (host !== undefined) return host
  }
  return undefined
}

function emitUnknown(context: SectionContext, name: string): void {
  const data = { name, error: "not found", by: "ping" }
  context.emit({ kind: "fact", name: "name-answer", data, at: context.here() })
}
