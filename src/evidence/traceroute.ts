/**
 * traceroute and tracert: taken as one section so that their lines are not mistaken for anything
 * else. One fact "route" says where the trace went, how many hops answered, and whether the target
 * did.
 */
import { parseAddress } from "../model/fourtuple.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const unixHead = /^traceroute6? to (\S+) \(([0-9a-fA-F.:]+)\)/
const hop = /^\s*(\d{1,2})\s+(?:\*|<?[\d.]+ ?ms|[\w.-]+ \(|[0-9a-fA-F.:]{3,45}\s)/
const hopsMax = 255

export const tracerouteReader: Reader = shortLines({
  format: "traceroute",
  title: "traceroute",
  sniff(line, ahead) {
    if (line.startsWith("traceroute")) return unixHead.test(line) ? 0.9 : 0
    // tracert's heading is localized: the first hop follows within three lines.
    if (line.length > 200 || hop.test(line) || !/\d\.\d|[0-9a-f]:/.test(line)) return 0
    const next = ahead.slice(0, 4).find((text) => /^\s+1\s/.test(text))
    return next !== undefined && hop.test(next) && /(?:ms|\*)\s/.test(next) ? 0.6 : 0
  },
  open: tracerouteSection,
})

function tracerouteSection(context: SectionContext): Section {
  const line = context.lineNumber()
  let target = ""
  let last = ""
  let hops = 0
  let answered = 0
  let ended = false
  return {
    line(text) {
      if (ended) return false
      if (text.trim() === "") return true
      const number = hop.exec(text)?.[1]
      if (number !== undefined && hops < hopsMax) {
        hops = Number(number)
        const address = addressIn(text)
        if (address !== undefined) {
          answered++
          last = address
        }
        return true
      }
      if (hops > 0) {
        ended = true
        return /^\S.{0,60}\.\s*$/.test(text)
      }
      if (target === "") target = addressIn(text) ?? ""
      return text.length < 200
    },
    end() {
      if (hops === 0 || target === "") return
      const data = { destination: target, hops, answered, reached: last === target }
      context.emit({ kind: "fact", name: "route", data, at: context.here(line) })
    },
  }
}

function addressIn(text: string): string | undefined {
  for (const part of text.split(/[\s()[\],]+/)) {
    const address = /[.:]/.test(part) ? parseAddress(part.replace(/:$/, "")) : undefined
    if (address !== undefined) return address
  }
  return undefined
}
