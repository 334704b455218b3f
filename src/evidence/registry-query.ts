/**
 * Registry values as tools print them: `reg query` (four blanks between columns since Vista, tabs
 * on XP and 2003; the closing line is localized) and PowerShell's `Get-ItemProperty` list, whose
 * key comes last.
 */
import { isRuler, parseLabelValue, parseWhole } from "./label-value.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { checkValue, correctKey, isKnownValue } from "./registry-value.ts"
import { shortLines } from "./short-lines.ts"

const row = /^\s+(\S.*?)(?:\t+| {2,})(REG_[A-Z_]+)(?:\s+(.*?))?\s*$/
const keyLine = /^(?:HKEY_[A-Z_]+|HKLM|HKCU|HKU|HKCR|HKCC)\\/i
const valuesMax = 2000

export const regQueryReader: Reader = shortLines({
  format: "reg-query",
  title: "reg query",
  begins: " \t!Hh",
  sniff(line, ahead) {
    const first = line.charCodeAt(0)
    if (first === 33 && /^! REG\.EXE VERSION/.test(line)) return 0.95
    if (first === 72 || first === 104) {
      return keyLine.test(line) && ahead.some((next) => row.test(next)) ? 0.9 : 0
    }
    // A pasted row without its key, when the name is one we know.
    if (first !== 32 && first !== 9) return 0
    return isKnownValue(row.exec(line)?.[1] ?? "") ? 0.7 : 0
  },
  open: regQuerySection,
})

function regQuerySection(context: SectionContext): Section {
  let key = ""
  let values = 0
  context.mark({ system: "windows" })
  return {
    line(text) {
      if (text.trim() === "" || text.startsWith("! REG.EXE")) return true
      if (keyLine.test(text)) {
        key = correctKey(text.trim(), context)
        return true
      }
      const match = row.exec(text)
      if (match === null) return values > 0 && /^\S[^\\=]*:\s*\d+\b[^\\=]*$/.test(text)
      if (++values > valuesMax) return true
      const [, name = "", type = "", data = ""] = match
      queryValue(context, { name, type, data: data.trim(), key })
      return true
    },
  }
}

type Queried = {
  readonly name: string
  readonly type: string
  readonly data: string
  readonly key: string
}

function queryValue(context: SectionContext, queried: Queried): void {
  const { name, type, data, key } = queried
  if (type === "REG_BINARY" || type === "REG_NONE" || /^\(.*\)$/.test(name)) return
  let value: number | string = data
  if (/^REG_(?:DWORD|QWORD)/.test(type)) {
    const number = parseWhole(data)
    if (number === undefined) {
      context.odd("value-malformed", `Registry value ${name} is not a number: "${data}"`)
      return
    }
    value = number
  } else if (type === "REG_MULTI_SZ") {
    value = data
      .split("\\0")
      .filter((part) => part !== "")
      .join(",")
  }
  checkValue(name, value, { odd: context.odd, at: context.lineNumber() })
  const of = key === "" ? {} : { of: key }
  context.emit({ kind: "setting", name, value, ...of, at: context.here() })
}

/** Names under Tcpip\Parameters that a Get-ItemProperty list may begin with. */
const listNames = new Set([
  ...["databasepath", "dhcpnameserver", "dhcpdomain", "domain", "forwardbroadcasts", "hostname"],
  ...["icsdomain", "ipenablerouter", "nameserver", "nv domain", "nv hostname", "searchlist"],
  ...["allowunqualifiedquery", "bsdurgent", "deadgwdetectdefault", "enableicmpredirect"],
  ...["dontadddefaultgatewaydefault", "prioritizerecorddata", "useddomainnamedevolution"],
])
const psNames = /^PS(?:Path|ParentPath|ChildName|Drive|Provider)$/

export const itemPropertyReader: Reader = shortLines({
  format: "get-itemproperty",
  title: "Get-ItemProperty",
  sniff(line, ahead) {
    const first = line.charCodeAt(0)
    if (first < 65 || first > 122 || !line.includes(" :")) return 0
    const label = parseLabelValue(line)?.label
    if (label === undefined) return 0
    if (isKnownValue(label)) return 0.75
    const more = ahead.some((next) => /^PSPath\s+: .*Registry::/.test(next))
    return more || (listNames.has(label.toLowerCase()) && / : /.test(ahead[0] ?? "")) ? 0.6 : 0
  },
  open: itemPropertySection,
})

function itemPropertySection(context: SectionContext): Section {
  const held: { name: string; value: number | string; line: number }[] = []
  let path = ""
  let inPath = false
  context.mark({ system: "windows" })
  return {
    line(text) {
      if (text.trim() === "") return true
      if (/^\s{4,}\S/.test(text)) {
        if (inPath) path += text.trim()
        return true
      }
      const pair = parseLabelValue(text)
      if (pair === undefined || !text.includes(" :")) return false
      inPath = pair.label === "PSPath"
      if (inPath) path = pair.value
      if (psNames.test(pair.label) || held.length >= valuesMax) return true
      const value = parseWhole(pair.value) ?? pair.value
      held.push({ name: pair.label, value, line: context.lineNumber() })
      return true
    },
    end() {
      const key = correctKey(path.replace(/^.*Registry::/, ""), context)
      const of = key === "" ? {} : { of: key }
      for (const { name, value, line } of held) {
        if (value === "") continue
        checkValue(name, value, { odd: context.odd, at: line })
        context.emit({ kind: "setting", name, value, ...of, at: context.here(line) })
      }
    },
  }
}

/** `Get-ItemProperty … | Select TcpTimedWaitDelay, MaxUserPort`: names over a ruler over values. */
export const itemTableReader: Reader = shortLines({
  format: "get-itemproperty-table",
  title: "Get-ItemProperty, selected values",
  sniff(line, ahead) {
    if (!isRuler(ahead[0])) return 0
    return words(line).some(isKnownValue) ? 0.85 : 0
  },
  open(context) {
    let names: readonly string[] = []
    let isRuled = false
    context.mark({ system: "windows" })
    return {
      line(text) {
        if (text.trim() === "") return true
        if (isRuler(text)) {
          isRuled = true
          return true
        }
        const cells = words(text)
        if (!isRuled) {
          names = cells
          return true
        }
        // A missing value leaves a gap that cannot be told from here.
        if (cells.length !== names.length) return false
        for (const [index, name] of names.entries()) {
          const cell = cells[index] ?? ""
          const value = parseWhole(cell) ?? cell
          checkValue(name, value, { odd: context.odd, at: context.lineNumber() })
          context.emit({ kind: "setting", name, value, at: context.here() })
        }
        isRuled = false
        names = []
        return true
      },
    }
  },
})

function words(line: string): readonly string[] {
  return line.trim().split(/\s+/)
}
