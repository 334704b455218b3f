/**
 * Which system a machine runs: `ver`, `systeminfo`, `uname -a`, /etc/os-release, `sw_vers`,
 * Get-ComputerInfo and Win32_OperatingSystem lists. One fact "system" {family, version, build,
 * product} and a mark for the case.
 */
import { parseLabelValue } from "./label-value.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

type System = {
  readonly family: "windows" | "linux" | "macos" | "freebsd" | "openbsd" | "netbsd" | "solaris"
  readonly version?: string
  readonly build?: string
  readonly product?: string
  readonly host?: string
}

const windowsBanner =
  /^(?:Microsoft |MS-)?Windows(?: \w[\w .()®-]*?)? \[\S+[\s\u00a0](\d+\.\d+(?:\.\d+){0,3})\]\s*$/
const ntBanner = /^(?:Microsoft\(R\) )?Windows NT(?:\(TM\))? (?:Version )?(\d\.\d+)/i
const uname = /^(Linux|Darwin|FreeBSD|OpenBSD|NetBSD|SunOS) (\S+) (\S+) (.*)$/

export const systemLineReader: Reader = shortLines({
  format: "system-version",
  title: "ver or uname",
  begins: "MWLDFONS",
  sniff(line) {
    if (line.length > 300) return 0
    const first = line.charCodeAt(0)
    if (first === 77 || first === 87) return systemOfBanner(line) === undefined ? 0 : 0.8
    return "LDFONS".includes(line.charAt(0)) && systemOfUname(line) !== undefined ? 0.8 : 0
  },
  open: (context) => ({
    line(text) {
      const system = systemOfBanner(text) ?? systemOfUname(text)
      if (system === undefined) return text.trim() === ""
      emitSystem(context, system, context.lineNumber())
      return true
    },
  }),
})

function systemOfBanner(line: string): System | undefined {
  const version = windowsBanner.exec(line)?.[1] ?? ntBanner.exec(line)?.[1]
  if (version === undefined) return undefined
  const build = version.split(".").slice(2).join(".")
  const short = version.split(".").slice(0, 2).join(".")
  return { family: "windows", version: short, ...(build === "" ? {} : { build }) }
}

function systemOfUname(line: string): System | undefined {
  const match = uname.exec(line)
  if (match === null) return undefined
  const [, kernel = "", host = "", version = "", rest = ""] = match
  if (!/^\d+\.\d/.test(version) || !/[#:\d]/.test(rest)) return undefined
  const family = (
    {
      Linux: "linux",
      Darwin: "macos",
      FreeBSD: "freebsd",
      OpenBSD: "openbsd",
      NetBSD: "netbsd",
      SunOS: "solaris",
    } as const
  )[kernel]
  return family === undefined ? undefined : { family, version, host, product: kernel }
}

const productOf: readonly (readonly [RegExp, string])[] = [
  [/^ProductName$|^OS ?Name$|^Caption$|^(?:Windows|Os)ProductName$|^OsName$/i, "product"],
  [/^ProductVersion$|^OS ?Version$|^Version$|^OsVersion$/i, "version"],
  [/^BuildVersion$|^BuildNumber$|^OsBuildNumber$|^WindowsBuildLabEx$/i, "build"],
  [/^Host ?Name$|^CSName$|^CsName$/i, "host"],
]

/**
 * Labels that begin such lists, by shape in other languages: two values, then one with "Microsoft
 * Windows".
 */
export const systemListReader: Reader = shortLines({
  format: "systeminfo",
  title: "systeminfo, sw_vers or os-release",
  sniff(line, ahead, file) {
    if (line.length > 200 || !/[:=：]/.test(line)) return 0
    if (/^(?:NAME|PRETTY_NAME|ID)=/.test(line)) {
      const around = [line, ...ahead].filter((next) => /^(?:ID|VERSION_ID|PRETTY_NAME)=/.test(next))
      return around.length >= 2 || file.name.includes("os-release") ? 0.85 : 0
    }
    if (/^ProductName:/.test(line)) {
      return ahead.some((next) => next.startsWith("ProductVersion:")) ? 0.9 : 0
    }
    const pair = line.includes(":") ? parseLabelValue(line) : undefined
    if (pair === undefined || pair.value === "") return 0
    if (/^(?:Windows|Os)(?:ProductName|Name|BuildLabEx)$/.test(pair.label)) return 0.8
    if (isProduct(pair.value) && /^\S/.test(line)) return 0.7
    // systeminfo: the host's name, then the system's.
    const next = parseLabelValue(ahead[0] ?? "")
    return isProduct(next?.value ?? "") ? 0.8 : 0
  },
  open: systemListSection,
})

function systemListSection(context: SectionContext): Section {
  const found: Record<string, string> = {}
  const line = context.lineNumber()
  let lines = 0
  let isRelease = false
  return {
    line(text) {
      if (text.trim() === "") return true
      if (++lines > 200) return false
      const entry = /^([A-Z][A-Z_]{1,40})=(.*)$/.exec(text)
      if (entry !== null) {
        isRelease = true
        found[entry[1] ?? ""] ??= (entry[2] ?? "").replace(/^["'](.*)["']\s*$/, "$1").trim()
        return true
      }
      if (isRelease) return text.startsWith("#")
      if (/^\s/.test(text)) return true
      const pair = parseLabelValue(text)
      if (pair === undefined) return false
      const name = productOf.find(([pattern]) => pattern.test(pair.label))?.[1]
      if (name !== undefined) found[name] ??= pair.value
      byShape(found, pair.value)
      return true
    },
    end() {
      const system = isRelease ? systemOfRelease(found) : systemOfList(found)
      if (system !== undefined) emitSystem(context, system, line)
    },
  }
}

/** Values that tell in any language what they are. */
function byShape(found: Record<string, string>, value: string): void {
  if (isProduct(value)) found["product"] ??= value
  const version = /^(\d+\.\d+\.\d+) .*\b(\d{4,5})\s*$/.exec(value)
  if (version === null) return
  found["version"] ??= version[1] ?? ""
  found["build"] ??= version[2] ?? ""
}

function systemOfRelease(found: Readonly<Record<string, string>>): System | undefined {
  const product = found["PRETTY_NAME"] ?? found["NAME"]
  if (product === undefined) return undefined
  const family = /freebsd/i.test(found["ID"] ?? "") ? "freebsd" : "linux"
  const release = found["VERSION_ID"]
  // The distribution's version is not the kernel's: it belongs to the product.
  return {
    family,
    product: release === undefined || product.includes(release) ? product : `${product} ${release}`,
  }
}

function systemOfList(found: Readonly<Record<string, string>>): System | undefined {
  const { product, version: full = "", build, host } = found
  if (product === undefined) return undefined
  const family = /mac ?os/i.test(product)
    ? "macos"
    : /windows/i.test(product)
      ? "windows"
      : undefined
  if (family === undefined) return undefined
  const numbers = /\d+(?:\.\d+)+/.exec(full)?.[0]
  const short = family === "windows" ? numbers?.split(".").slice(0, 2).join(".") : numbers
  const number = build ?? (family === "windows" ? numbers?.split(".")[2] : undefined)
  return {
    family,
    product: product.trim(),
    ...(short === undefined ? {} : { version: short }),
    ...(number === undefined ? {} : { build: number }),
    ...(host === undefined || !/^[\w.-]{1,255}$/.test(host) ? {} : { host }),
  }
}

function emitSystem(context: SectionContext, system: System, line: number): void {
  const { family, version, product, host } = system
  const words = family === "macos" && product === "Darwin" ? `darwin ${version}` : version
  context.mark({
    system: words === undefined ? family : `${family} ${words}`,
    ...(host === undefined ? {} : { host }),
  })
  context.emit({ kind: "fact", name: "system", data: { ...system }, at: context.here(line) })
}

function isProduct(value: string): boolean {
  return /^Microsoft(?:\(R\)|®)? Windows(?:\(R\)|®|\(TM\)|™)? (?!Network|-?Netz)/.test(value)
}
