/**
 * /proc/meminfo, lightly: the few amounts that bear on socket memory, in bytes. Follows proc(5).
 */
import type { Reader } from "./reader.ts"

const row = /^([A-Z][A-Za-z0-9_()]+):\s+(\d{1,15})(?: kB)?\s*$/
const kept = /^(?:MemTotal|MemFree|MemAvailable|Slab|SUnreclaim|SwapTotal|SwapFree)$/

export const meminfoReader: Reader = {
  format: "proc-meminfo",
  title: "Memory of /proc/meminfo",
  begins: "M",
  sniff: (line) => (/^MemTotal:\s+\d+ kB/.test(line) ? 0.95 : 0),
  open: (context) => ({
    line: (text) => {
      const match = row.exec(text)
      if (match === null) return text.trim() === ""
      const [, name = "", value = ""] = match
      if (!kept.test(name)) return true
      const counter = `meminfo.${name}`
      context.emit({
        kind: "counter",
        name: counter,
        value: Number(value) * 1024,
        at: context.here(),
      })
      return true
    },
    end: () => context.mark({ system: "linux" }),
  }),
}
