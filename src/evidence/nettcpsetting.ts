/**
 * `Get-NetTCPSetting` as the list PowerShell prints by itself and as `ConvertTo-Json`. One block
 * per template; `of` is the template. Property names lose their unit, so that both forms give one
 * name ("InitialRto(ms)" and "InitialRto" are InitialRto).
 */
import { parseLabelValue, parseWhole } from "./label-value.ts"
import { BLANKS, type Reader, type Section, type SectionContext } from "./reader.ts"

const properties = new Set([
  ...["SettingName", "MinRto", "InitialCongestionWindow", "InitialCongestionWindowMss", "MinRtoMs"],
  ...["CongestionProvider", "CwndRestart", "DelayedAckTimeout", "DelayedAckTimeoutMs"],
  ...["DelayedAckFrequency", "MemoryPressureProtection", "AutoTuningLevelLocal"],
  ...["AutoTuningLevelGroupPolicy", "AutoTuningLevelEffective", "EcnCapability", "Timestamps"],
  ...["InitialRto", "InitialRtoMs", "ScalingHeuristics", "DynamicPortRangeStartPort"],
  ...["DynamicPortRangeNumberOfPorts", "AutomaticUseCustom", "NonSackRttResiliency", "ForceWS"],
  ...["MaxSynRetransmissions", "AutoReusePortRangeStartPort", "AutoReusePortRangeNumberOfPorts"],
])
const anyProperty = new RegExp(`"(?:${[...properties].join("|")})"`)
const blocksMax = 64
const jsonCharsMax = 1 << 20

type Property = { readonly name: string; readonly value: number | string; readonly line: number }

export const netTcpSettingReader: Reader = {
  format: "get-nettcpsetting",
  title: "Get-NetTCPSetting",
  begins: `${BLANKS}[{S`,
  sniff(line, ahead) {
    const first = line.trimStart().charCodeAt(0)
    if (first === 83 && /^\s*SettingName\s+: /.test(line)) return 0.95
    if (first === 91 || first === 123) {
      if (!anyProperty.test(line) && !ahead.some((next) => anyProperty.test(next))) return 0
      const text = [line, ...ahead].join("\n").slice(0, 20_000)
      const keys = [...text.matchAll(/"(\w+)"\s*:/g)].map((match) => match[1] ?? "")
      return keys.filter((key) => properties.has(key)).length >= 2 ? 0.9 : 0
    }
    return 0
  },
  open: (context) => {
    context.mark({ system: "windows" })
    const list = listSection(context)
    let json: Section | undefined
    let chosen = false
    return {
      line(text) {
        if (!chosen) {
          chosen = true
          if (/^\s*[[{]/.test(text)) json = jsonSection(context)
        }
        return (json ?? list).line(text)
      },
      end: () => (json ?? list).end?.(),
    }
  },
}

function listSection(context: SectionContext): Section {
  let block: Property[] = []
  let blocks = 0
  const flush = () => {
    emitBlock(context, block)
    block = []
  }
  return {
    line(text) {
      if (text.trim() === "") return true
      const pair = parseLabelValue(text)
      const name = pair?.label.replace(/\(\w+\)$/, "").trim() ?? ""
      if (pair === undefined || !properties.has(name)) {
        return blocks > 0 && pair !== undefined && /^\w+\s*:/.test(text) && block.length > 0
      }
      if (name === "SettingName") {
        flush()
        if (++blocks > blocksMax) return false
      }
      const value = parseWhole(pair.value) ?? pair.value
      block.push({ name, value, line: context.lineNumber() })
      return true
    },
    end: flush,
  }
}

/** Collects a JSON value by its brackets; strings of this format hold none. */
function jsonSection(context: SectionContext): Section {
  const start = context.lineNumber()
  let text = ""
  let depth = 0
  let over = false
  return {
    line(line) {
      if (over) return false
      text += `${line}\n`
      for (const character of line) {
        if (character === "{" || character === "[") depth++
        else if (character === "}" || character === "]") depth--
      }
      if (text.length > jsonCharsMax) {
        context.odd("section-too-large", "JSON is larger than 1 MiB; the rest is not read")
        over = true
      }
      if (depth <= 0) over = true
      return true
    },
    end: () => emitJson(context, text, start),
  }
}

function emitJson(context: SectionContext, text: string, start: number): void {
  let whole: unknown
  try {
    whole = JSON.parse(text)
  } catch {
    context.odd("section-truncated", "JSON of Get-NetTCPSetting is cut or malformed", start)
  }
  if (Array.isArray(whole) || (typeof whole === "object" && whole !== null)) {
    const blocks: readonly unknown[] = Array.isArray(whole) ? whole : [whole]
    for (const block of blocks.slice(0, blocksMax)) emitBlock(context, propertiesOf(block, start))
    return
  }
  // What is left of a cut text is still read line by line.
  let block: Property[] = []
  for (const [index, line] of text.split("\n").entries()) {
    const match = /^\s*"(\w+)"\s*:\s*(.*?),?\s*$/.exec(line)
    const name = match?.[1] ?? ""
    if (/^\s*\{/.test(line)) {
      emitBlock(context, block)
      block = []
    }
    if (!properties.has(name)) continue
    const value = (match?.[2] ?? "").replace(/^"(.*)"$/, "$1")
    block.push({ name, value: parseWhole(value) ?? value, line: start + index })
  }
  emitBlock(context, block)
}

function propertiesOf(block: unknown, line: number): readonly Property[] {
  if (typeof block !== "object" || block === null) return []
  const found: Property[] = []
  for (const [name, value] of Object.entries(block)) {
    if (!properties.has(name)) continue
    const isNumber = typeof value === "number" && Number.isFinite(value)
    if (isNumber || typeof value === "string") found.push({ name, value, line })
    else if (typeof value === "boolean") found.push({ name, value: String(value), line })
  }
  return found
}

function emitBlock(context: SectionContext, block: readonly Property[]): void {
  const template = block.find((property) => property.name === "SettingName")?.value
  for (const { name, value, line } of block) {
    if (name === "SettingName" || value === "") continue
    const short = name.replace(/(?:Ms|Mss)$/, "")
    const of = template === undefined || template === "" ? {} : { of: String(template) }
    context.emit({ kind: "setting", name: short, value, ...of, at: context.here(line) })
  }
}
