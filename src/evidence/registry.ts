/**
 * Registry exports (.reg): "Windows Registry Editor Version 5.00" and "REGEDIT4" (regedit's own
 * formats, KB Q158447, Q221790), also pasted without their first line. Every number and string
 * becomes a setting; a binary value does not. The malformed `"Name"=0x00002000` that a KB article
 * prints and the misspelt key CurrectControlSet of KB Q149532 are read for what they mean, with an
 * oddity.
 */

import { BLANKS, type Reader, type Section, type SectionContext } from "./reader.ts"
import { checkValue, correctKey, stringsOfMultiSz } from "./registry-value.ts"

const settingsMax = 20_000
const hexCharsMax = 65_536

export const registryReader: Reader = {
  format: "registry-export",
  title: "Registry export (.reg)",
  begins: `${BLANKS}WR[H`,
  sniff(line) {
    const text = line.trimStart().replace(/^\uFEFF/, "")
    const first = text.charCodeAt(0)
    if (first === 87 && text.startsWith("Windows Registry Editor Version")) return 1
    if (first === 82 && /^REGEDIT\d\s*$/.test(text)) return 1
    if (first === 91 && /^\[-?HK(?:EY_|LM|CU)[A-Z_]*\\/i.test(text)) return 0.9
    if (first === 72 && /^HK(?:EY_|LM)/.test(text) && /\\Currect/i.test(text)) return 0.8
    return 0
  },
  open: (context) => new RegistrySection(context),
}

class RegistrySection implements Section {
  readonly #context: SectionContext
  /** REGEDIT4 writes strings in hex as ANSI, version 5 as UTF-16. */
  #ansi = false
  #key = ""
  #deleting = false
  #partial = ""
  #partialLine = 0
  #settings = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    const line = text.replace(/^\uFEFF/, "").trim()
    if (this.#partial !== "") return this.#continue(line)
    if (line === "" || line.startsWith(";")) return true
    if (line.startsWith("Windows Registry Editor") || /^REGEDIT\d$/.test(line)) {
      this.#ansi = line.startsWith("REGEDIT")
      this.#context.mark({ system: "windows" })
      return true
    }
    if (line.startsWith("[")) return this.#openKey(line)
    if (this.#key === "" && line.startsWith("HK")) return this.#loneKey(line)
    if (!/^(?:"|@\s*=)/.test(line) || this.#key === "") return false
    if (/\\$/.test(line) && /=\s*hex/i.test(line)) {
      this.#partial = line.slice(0, -1)
      this.#partialLine = this.#context.lineNumber()
    } else this.#value(line, this.#context.lineNumber())
    return true
  }

  end(): void {
    if (this.#partial === "") return
    this.#context.odd("section-truncated", "Registry value ends in the middle", this.#partialLine)
  }

  #continue(line: string): boolean {
    if (line !== "" && !/^[0-9a-f,\s]*\\?$/i.test(line)) {
      this.#context.odd("row-truncated", "Continuation of a hex value is missing")
      this.#partial = ""
      return this.line(line)
    }
    const more = line.endsWith("\\")
    if (this.#partial.length < hexCharsMax) this.#partial += more ? line.slice(0, -1) : line
    if (more) return true
    const whole = this.#partial
    this.#partial = ""
    this.#value(whole, this.#partialLine)
    return true
  }

  #openKey(line: string): boolean {
    const match = /^\[(-?)(HK[^\]]*)\]/i.exec(line)
    if (match === null) {
      this.#context.odd("row-malformed", `Registry key is not closed: "${line.slice(0, 80)}"`)
      return /^\[-?HK/i.test(line)
    }
    this.#deleting = match[1] === "-"
    this.#key = correctKey(match[2] ?? "", this.#context)
    return true
  }

  /** A key alone on its line in prose: only a misspelling is worth a word. */
  #loneKey(line: string): boolean {
    correctKey(line, this.#context)
    return true
  }

  #value(line: string, at: number): void {
    const match = /^"((?:[^"\\]|\\.)*)"\s*=\s*(.*)$/.exec(line)
    if (match === null) {
      if (!line.startsWith("@")) {
        this.#context.odd("row-malformed", `Not a registry value: "${line.slice(0, 80)}"`, at)
      }
      return
    }
    const name = unquote(match[1] ?? "")
    const data = (match[2] ?? "").trim()
    if (this.#deleting || data === "-") return
    const value = this.#data(name, data, at)
    if (value === undefined) return
    if (++this.#settings > settingsMax) {
      if (this.#settings === settingsMax + 1) {
        this.#context.odd("section-too-large", `Only ${settingsMax} registry values are kept`)
      }
      return
    }
    checkValue(name, value, { odd: this.#context.odd, at })
    const here = this.#context.here(at)
    this.#context.emit({ kind: "setting", name, value, of: this.#key, at: here })
  }

  #data(name: string, data: string, at: number): number | string | undefined {
    const dword = /^dword:\s*([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(data)
    if (dword !== null) return Number.parseInt(dword[1] ?? "", 16)
    const text = /^"((?:[^"\\]|\\.)*)"/.exec(data)
    if (text !== null) return unquote(text[1] ?? "")
    const hex = /^hex(?:\(([0-9a-f]{1,8})\))?:(.*)$/i.exec(data)
    if (hex !== null) return this.#hex(hex[1]?.toLowerCase(), hex[2] ?? "", at)
    const bare = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.exec(data)
    const says = `Registry value ${name} is written "${data.slice(0, 40)}"`
    if (bare !== null) {
      this.#context.odd("value-malformed", `${says}: regedit would not take it without dword:`, at)
      return Number(bare[1])
    }
    this.#context.odd("value-malformed", `${says}, which is no registry type`, at)
    return undefined
  }

  #hex(type: string | undefined, text: string, at: number): number | string | undefined {
    const bytes: number[] = []
    for (const part of text.split(",")) {
      const byte = part.trim()
      if (byte === "") continue
      if (!/^[0-9a-f]{1,2}$/i.test(byte)) {
        this.#context.odd("value-malformed", `"${byte.slice(0, 20)}" is not a hex byte`, at)
        return undefined
      }
      bytes.push(Number.parseInt(byte, 16))
    }
    if (type === "4" || type === "b" || type === "5") {
      return numberOf(type === "5" ? bytes.reverse() : bytes)
    }
    if (type === "1" || type === "2") return stringsOfMultiSz(bytes, this.#ansi)[0] ?? ""
    if (type === "7") return stringsOfMultiSz(bytes, this.#ansi).join(",")
    return undefined
  }
}

function numberOf(littleEndian: readonly number[]): number | undefined {
  if (littleEndian.length === 0 || littleEndian.length > 8) return undefined
  const value = littleEndian.reduceRight((sum, byte) => sum * 256 + byte, 0)
  return Number.isSafeInteger(value) ? value : undefined
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, "$1")
}
