/**
 * manifest.txt of a bundle (`fourtuple collect`, collect.sh, collect.ps1): whose it is, what it
 * covers and what could not be collected. Format: "fourtuple bundle 1", then "key: value" lines;
 * unknown keys are kept for people.
 */
import type { Reader, SectionContext } from "./reader.ts"

export const bundleManifestReader: Reader = {
  format: "bundle-manifest",
  title: "Manifest of a fourtuple bundle",
  begins: "f",
  sniff: (line) => (/^fourtuple bundle \d+\s*$/.test(line) ? 1 : 0),
  open: (context) => ({
    line: (text) => {
      if (text.startsWith("fourtuple bundle ")) return true
      const match = /^([a-z][a-z ]{0,30}): (.*)$/.exec(text)
      if (match === null) return text.trim() === ""
      takeEntry(context, match[1] ?? "", (match[2] ?? "").trim())
      return true
    },
  }),
}

function takeEntry(context: SectionContext, key: string, value: string): void {
  if (key === "host" && value !== "") {
    context.mark({ host: value })
    context.emit({ kind: "fact", name: "host", data: { name: value }, at: context.here() })
  } else if (key === "system" && value !== "") {
    context.mark({ system: value.replace(/^[A-Z][a-z]+/, (word) => word.toLowerCase()) })
  } else if (key === "not seen") {
    context.emit({ kind: "fact", name: "rights", data: { notSeen: value }, at: context.here() })
  }
}
