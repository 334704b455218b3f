/**
 * `netsh int ipv4|ipv6 show dynamicport|excludedportrange tcp|udp`: the ephemeral range and what is
 * cut out of it. The words are localized (the layout is not): a title that names tcp or udp, a
 * ruler of dashes, then start and number in that order; or two columns of ports. The address family
 * is only in the command line, in the file name, or nowhere: then it is ipv4, as nearly always.
 */
import { hasRulerAhead, isRuler, parseLabelValue, parseWhole } from "./label-value.ts"
import { commandOf } from "./prompt.ts"
import type { FileHint, Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

type Subject = { readonly family: "ipv4" | "ipv6"; readonly protocol: "tcp" | "udp" }

const rangesMax = 5000
const twoPorts = /^\s*(\d{1,5})\s+(\d{1,5})\s*(\*?)\s*$/
const command =
  /\bnetsh\s+i\w*\s+(?:ip|ipv4|ipv6)\s+(?:sh\w*)\s+(dynamicport\w*|exclu\w*|tcpst\w*|tcpc\w*)/i

export const dynamicPortReader: Reader = shortLines({
  format: "netsh-dynamicport",
  title: "netsh show dynamicport",
  sniff(line, ahead, file) {
    if (commandKind(line) === "dynamicport") return 0.9
    if (line.length > 200 || !hasRulerAhead(ahead) || !/\b(?:tcp|udp)\b/i.test(line)) return 0
    const after = ahead.filter((next) => next.trim() !== "")
    if (!isRuler(after[0], 10)) return 0
    const numbers = after.slice(1, 3).map(labelledNumber)
    if (numbers[0] === undefined) return 0
    return numbers[1] !== undefined || file.name.includes("dynamic") ? 0.9 : 0.5
  },
  open: dynamicPortSection,
})

function dynamicPortSection(context: SectionContext): Section {
  let subject: Subject | undefined
  let ruled = false
  const numbers: { value: number; line: number }[] = []
  const done = () => numbers.length === 2
  return {
    line(text) {
      if (done()) return text.trim() === ""
      if (text.trim() === "") return true
      if (isRuler(text, 10)) {
        ruled = true
        return true
      }
      if (!ruled) {
        if (numbers.length > 0) return false
        subject = subjectOf(text, context.file, subject)
        return commandKind(text) === "dynamicport" || /\b(?:tcp|udp)\b/i.test(text)
      }
      const value = labelledNumber(text)
      if (value === undefined) return false
      numbers.push({ value, line: context.lineNumber() })
      if (done() && subject !== undefined) emitDynamicPort(context, subject, numbers)
      return true
    },
    end() {
      if (ruled && !done()) context.odd("section-truncated", "Dynamic port range is incomplete")
    },
  }
}

function emitDynamicPort(
  context: SectionContext,
  { family, protocol }: Subject,
  numbers: readonly { value: number; line: number }[],
): void {
  const [start, count] = numbers
  if (start === undefined || count === undefined) return
  const { value: first, line } = start
  if (first > 65535 || count.value > 65536 || first + count.value > 65536) {
    const says = `Dynamic port range of ${count.value} from ${first} does not fit in 65536 ports`
    context.odd("value-out-of-range", says)
    return
  }
  context.mark({ system: "windows" })
  const name = `dynamicport.${family}.${protocol}`
  context.emit({ kind: "setting", name: `${name}.start`, value: first, at: context.here(line) })
  const at = context.here(count.line)
  context.emit({ kind: "setting", name: `${name}.num`, value: count.value, at })
}

export const excludedPortReader: Reader = shortLines({
  format: "netsh-excludedportrange",
  title: "netsh show excludedportrange",
  sniff(line, ahead) {
    if (commandKind(line) === "exclu") return 0.9
    if (line.length > 200 || !hasRulerAhead(ahead) || !/\b(?:tcp|udp)\b/i.test(line)) return 0
    const after = ahead.filter((next) => next.trim() !== "")
    const ruler = after.findIndex((next) => /^\s*-{4,}\s+-{4,}\s*$/.test(next))
    return ruler === 1 ? 0.9 : 0
  },
  open: excludedPortSection,
})

function excludedPortSection(context: SectionContext): Section {
  let subject: Subject | undefined
  let titled = false
  let ruled = false
  let footed = false
  let firstLine = context.lineNumber()
  const ranges: string[] = []
  return {
    line(text) {
      if (text.trim() === "") return true
      if (footed) return false
      if (!titled) {
        titled = commandKind(text) !== "exclu"
        subject = subjectOf(text, context.file, subject)
        firstLine = context.lineNumber()
        return !titled || /\b(?:tcp|udp)\b/i.test(text)
      }
      if (/^\s*-{4,}\s+-{4,}\s*$/.test(text)) {
        ruled = true
        return true
      }
      if (!ruled) return text.length < 120
      const match = twoPorts.exec(text)
      if (match === null) {
        footed = /^\s*\*/.test(text)
        return footed
      }
      const [first, last] = [Number(match[1]), Number(match[2])]
      if (first > last || last > 65535) {
        context.odd("value-out-of-range", `Excluded port range ${first}-${last} is not a range`)
      } else if (ranges.length < rangesMax) ranges.push(`${first}-${last}`)
      return true
    },
    end() {
      if (!ruled || subject === undefined) return
      context.mark({ system: "windows" })
      const name = `excludedportrange.${subject.family}.${subject.protocol}`
      const at = context.here(firstLine)
      context.emit({ kind: "setting", name, value: ranges.join(","), at })
    },
  }
}

/**
 * Which netsh interface listing a command line asks for: "dynamicport", "exclu", "tcpst", "tcpc".
 */
export function commandKind(line: string): string | undefined {
  if (!mentionsNetsh(line)) return undefined
  const word = command.exec(commandOf(line) ?? line.trim())?.[1]?.toLowerCase()
  if (word === undefined) return undefined
  return ["dynamicport", "exclu", "tcpst", "tcpc"].find((kind) => word.startsWith(kind))
}

/** The answer given last: several readers ask about the same line. */
let last: { readonly line: string; readonly isMentioned: boolean } | undefined

/** Whether the line has the word netsh. */
export function mentionsNetsh(line: string): boolean {
  if (last?.line !== line) last = { line, isMentioned: /netsh/i.test(line) }
  return last.isMentioned
}

function subjectOf(text: string, file: FileHint, before: Subject | undefined): Subject {
  const words = /netsh/i.test(text) ? text.slice(text.search(/netsh/i)) : ""
  const family = /\bipv6\b/i.test(words) ? "ipv6" : words === "" ? before?.family : "ipv4"
  const protocol = /\budp\b/i.test(text) ? "udp" : /\btcp\b/i.test(text) ? "tcp" : undefined
  return {
    family: family ?? (/ipv6|v6/.test(file.name) ? "ipv6" : "ipv4"),
    protocol: protocol ?? before?.protocol ?? "tcp",
  }
}

function labelledNumber(line: string): number | undefined {
  const pair = parseLabelValue(line)
  return pair === undefined ? undefined : parseWhole(pair.value)
}
