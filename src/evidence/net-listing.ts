/**
 * Listings of net.exe: `net use` (mapped shares), `net session` (who is connected here), `net
 * statistics` and `net config server`. Column widths differ between versions and languages, so rows
 * are recognised by their \\server\share or by the order of their numbers, never by position or
 * header words.
 */
import { hasRulerAhead, isRuler, parseWhole } from "./label-value.ts"
import { isNetSuccess } from "./net-use.ts"
import { commandOf } from "./prompt.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const shareRow = /^(.*?)(?:([A-Z]:|LPT\d:?)\s+)?\\\\([^\\\s]{1,255})\\(\S.*)$/
const sessionRow = /^\\\\(\S+)\s+.*?(\d+)\s+(?:\d+\S? )?\d{1,2}:\d\d:\d\d\s*$/
const rowsMax = 20_000

export const netListingReader: Reader = shortLines({
  format: "net-use",
  title: "net use or net session listing",
  sniff(line, ahead) {
    if (line.startsWith("---")) return isListing(line, ahead) ? 0.8 : 0
    if (line.length > 120 || !hasRulerAhead(ahead) || line.includes("\\\\")) return 0
    const at = ahead.findIndex((next) => isRuler(next, 60))
    if (at < 0 || at > 4) return 0
    return isListing(ahead[at] ?? "", ahead.slice(at + 1)) ? 0.8 : 0
  },
  open: netListingSection,
})

function isListing(ruler: string, after: readonly string[]): boolean {
  const row = after.find((next) => next.trim() !== "")?.trimEnd() ?? ""
  return isRuler(ruler, 60) && (shareRow.test(row) || sessionRow.test(row))
}

function netListingSection(context: SectionContext): Section {
  let ruled = false
  let rows = 0
  let sessions = 0
  let ended = false
  return {
    line(text) {
      if (ended) return false
      if (text.trim() === "") return true
      if (isRuler(text, 60)) {
        ruled = true
        return true
      }
      if (isNetSuccess(text)) {
        ended = true
        return true
      }
      if (!ruled) return commandOf(text) === undefined || /\bnet\b/i.test(text)
      const line = text.trimEnd()
      if (sessionRow.test(line)) {
        if (++sessions <= rowsMax) emitSession(context, line)
        return true
      }
      const share = shareRow.exec(line)
      if (share !== null) {
        if (++rows <= rowsMax) emitShare(context, share)
        return true
      }
      // The network's name on a line of its own, after a long remote.
      return rows > 0 && /^\s{20,}\S/.test(line)
    },
    end() {
      context.mark({ system: "windows" })
      if (sessions === 0) return
      const at = context.here()
      context.emit({ kind: "counter", name: "smb.sessions", value: sessions, at })
    },
  }
}

function emitShare(context: SectionContext, row: RegExpExecArray): void {
  const [, status = "", local, server = "", rest = ""] = row
  const [share = "", network] = rest.split(/\s{2,}/)
  const data = {
    server,
    share,
    ...(status.trim() === "" ? {} : { status: status.trim() }),
    ...(local === undefined ? {} : { local }),
    ...(network === undefined || network === "" ? {} : { network }),
  }
  context.emit({ kind: "fact", name: "share", data, at: context.here() })
}

function emitSession(context: SectionContext, line: string): void {
  const match = sessionRow.exec(line)
  const data = { client: match?.[1] ?? "", opens: Number(match?.[2] ?? 0), inbound: true }
  context.emit({ kind: "fact", name: "share", data, at: context.here() })
}

/** English labels of `net statistics server|workstation`, as counters. */
const statistics: readonly (readonly [RegExp, string])[] = [
  [/^sessions accepted/i, "smb.server.sessions-accepted"],
  [/^sessions timed-out/i, "smb.server.sessions-timed-out"],
  [/^sessions errored-out/i, "smb.server.sessions-errored-out"],
  [/^(?:password|permission) violations/i, "smb.server.violations"],
  [/^system errors/i, "smb.server.system-errors"],
  [/^big buffers exhausted/i, "smb.server.big-buffers-exhausted"],
  [/^request buffers exhausted/i, "smb.server.request-buffers-exhausted"],
  [/^network errors/i, "smb.client.network-errors"],
  [/^connections made/i, "smb.client.connections-made"],
  [/^reconnections made/i, "smb.client.reconnections-made"],
  [/^server disconnects/i, "smb.client.server-disconnects"],
  [/^sessions started/i, "smb.client.sessions-started"],
  [/^hung sessions/i, "smb.client.hung-sessions"],
  [/^failed sessions/i, "smb.client.failed-sessions"],
  [/^failed operations/i, "smb.client.failed-operations"],
]

const anyStatistic = new RegExp(statistics.map(([{ source }]) => source).join("|"), "i")

const columns = /^\s*(\S.*?)\s{2,}(\S.*?)\s*$/

export const netStatisticsReader: Reader = shortLines({
  format: "net-statistics",
  title: "net statistics or net config server",
  sniff(line, ahead) {
    const text = line.trim()
    if (anyStatistic.test(text) && columns.test(line)) return 0.6
    if (/^(?:server|workstation) statistics for \\\\/i.test(text)) return 0.9
    // net config server, in any language: the server's name, then three numbers at the end.
    if (!line.includes("\\\\") || !/^\S.*?\s{2,}\\\\[^\\\s]+\s*$/.test(line)) return 0
    return ahead.filter((next) => columns.test(next)).length >= 2 ? 0.6 : 0
  },
  open: netStatisticsSection,
})

function netStatisticsSection(context: SectionContext): Section {
  const trailing: { value: number; line: number }[] = []
  let isConfig = false
  let first = true
  let ended = false
  return {
    line(text) {
      if (ended) return false
      if (first) {
        first = false
        isConfig = /\s{2,}\\\\[^\\\s]+\s*$/.test(text)
        context.mark({ system: "windows" })
      }
      if (text.trim() === "") return true
      if (isNetSuccess(text)) {
        ended = true
        return true
      }
      const match = columns.exec(text)
      if (match === null) return text.length < 100 && commandOf(text) === undefined
      const value = parseWhole(match[2] ?? "")
      if (value === undefined) return true
      const name = statistics.find(([pattern]) => pattern.test(match[1] ?? ""))?.[1]
      if (name !== undefined) context.emit({ kind: "counter", name, value, at: context.here() })
      else if (isConfig && trailing.length < 8) trailing.push({ value, line: context.lineNumber() })
      return true
    },
    end() {
      if (!isConfig || trailing.length !== 3) return
      for (const [index, name] of ["Users", "MaxOpenFilesPerSession", "AutoDisconnect"].entries()) {
        const { value, line } = trailing[index] ?? { value: -1, line: 0 }
        const at = context.here(line)
        context.emit({ kind: "setting", name, value, of: "net config server", at })
      }
    },
  }
}
