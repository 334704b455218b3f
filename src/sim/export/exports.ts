/**
 * A recorded run → what the tools of that day would have shown of it: socket listings, event logs, firewall logs, the
 * programs' own lines, captures, settings, counters. Our readers take the files back, and so may any other tool. Nothing
 * is written that no tool of that system could show. Pure.
 */
import type { Instant } from "../../model/quantity.ts"
import type { HostRecord, Recording, RunEvent } from "../engine/simulated-run.ts"
import { isLogged, isTracker, type Place, placesOf } from "./bundle-places.ts"
import { captureFile } from "./capture-file.ts"
import { clientLog } from "./client-log.ts"
import { cloudMetrics } from "./cloud-metrics.ts"
import { type ExportFile, fileStampOf, type LineEnd, type TextFile, textOf } from "./content.ts"
import { boxCounters, hostCounters } from "./counter-moments.ts"
import { dosSettings } from "./dos-settings.ts"
import { windowsEventLog } from "./event-log.ts"
import { firewallLog, hasFirewallLog } from "./firewall-log.ts"
import { computerName, isSinceVista, linuxRelease, ProcessIds } from "./host-names.ts"
import { kernelLog } from "./kernel-messages.ts"
import { bsdListing, bsdQueues, netToolsListing, ssListing } from "./unix-listing.ts"
import { routerSettings, unixSettings } from "./unix-settings.ts"
import { windowsListing } from "./windows-listing.ts"
import { windowsSettings } from "./windows-settings.ts"

export const EXPORT_KINDS = [
  "netstat",
  "ss",
  "events",
  "isa-log",
  "log",
  "pcap",
  "settings",
  "counters",
] as const

export type ExportKind = (typeof EXPORT_KINDS)[number]

export type ExportOptions = {
  /** "all": what an administrator would put together, of the far ends and of what is between as well. */
  readonly kinds: readonly (ExportKind | "all")[]
  /** Whose machine; the first that runs an application where left out. */
  readonly host?: string
  /** When the run began: 2026-01-05T09:00:00Z where left out. */
  readonly startTime?: Instant
}

/** The kernel of a router that is no host of the run. */
const routerLinux = "6.12"
const usualStart: Instant = Date.UTC(2026, 0, 5, 9) / 1000

/** The files, in an order that does not change. */
export function exportsOf(recording: Recording, options: ExportOptions): readonly ExportFile[] {
  const { kinds, host, startTime = usualStart } = options
  const isAll = kinds.includes("all")
  const wanted = new Set<ExportKind>(EXPORT_KINDS.filter((kind) => isAll || kinds.includes(kind)))
  // Two listings of one moment would say the same twice.
  if (isAll) wanted.delete("netstat")
  const files = new Map<string, ExportFile>()
  for (const place of placesOf(recording, host, isAll)) {
    const job = { recording, place, wanted, start: startTime, isAll }
    // Names have whole seconds: of two readings in one second the later counts.
    for (const file of filesOf(job)) files.set(file.path, file)
  }
  return [...files.values()]
}

type Job = {
  readonly recording: Recording
  readonly place: Place
  readonly wanted: ReadonlySet<ExportKind>
  readonly start: Instant
  readonly isAll: boolean
}

function filesOf(job: Job): readonly ExportFile[] {
  const { place, wanted, isAll } = job
  const { host, folder } = place
  const files: ExportFile[] = []
  if (host !== undefined) {
    const isUnix = host.profile.family !== "windows"
    if (wanted.has("netstat") || (isAll && host.profile.family !== "linux")) {
      files.push(...listings(host, job.start, "netstat"))
    }
    if (wanted.has("ss") && isUnix) files.push(...listings(host, job.start, "ss"))
    if (wanted.has("log")) files.push(...logFiles(host, job))
  }
  if (wanted.has("events")) files.push(...eventFiles(job), ...alertFiles(job))
  if (wanted.has("settings")) files.push(...settingFiles(place))
  if (wanted.has("counters")) files.push(...counterFilesOf(job))
  if (wanted.has("isa-log")) files.push(...firewallFiles(job))
  const { packets, hosts } = job.recording
  if (wanted.has("pcap") && packets !== undefined && place.isVantage) {
    files.push({ path: "capture.pcap", content: captureFile(packets, hosts, job.start) })
  }
  return files.map(({ path, content }) => ({ path: folder + path, content }))
}

function lineEndOf(host: HostRecord | undefined): LineEnd {
  const family = host?.profile.family
  return family === "windows" || family === "lan-manager" ? "\r\n" : "\n"
}

/** A file for each moment at which sockets were looked at. */
function listings(host: HostRecord, start: Instant, tool: "netstat" | "ss"): readonly ExportFile[] {
  const ids = new ProcessIds(host)
  return host.snapshots.flatMap(({ timeSec, sockets }) => {
    const stamp = fileStampOf(start + timeSec)
    return listingsOf(host, tool).map(([name, lines]) => ({
      path: `${name}-${stamp}.txt`,
      content: textOf(() => lines(host, sockets, ids), lineEndOf(host)),
    }))
  })
}

type Sockets = HostRecord["snapshots"][number]["sockets"]
type Listing = readonly [
  name: string,
  lines: (host: HostRecord, sockets: Sockets, ids: ProcessIds) => Iterable<string>,
]

/** What that system has; MS-DOS has none. */
function listingsOf(host: HostRecord, tool: "netstat" | "ss"): readonly Listing[] {
  const { family } = host.profile
  switch (family) {
    case "windows":
      return tool === "netstat" ? [["netstat", windowsListing]] : []
    case "linux":
      return tool === "ss"
        ? [["ss", (_, sockets, ids) => ssListing(sockets, ids)]]
        : [["netstat", (_, sockets, ids) => netToolsListing(sockets, ids)]]
    case "macos":
    case "freebsd":
      return tool === "ss"
        ? []
        : [
            ["netstat", (_, sockets) => bsdListing(family, sockets)],
            ["netstat-L", (_, sockets) => bsdQueues(sockets)],
          ]
    default:
      return []
  }
}

/** What the machine writes down, and the netfilter in it; a router is netfilter alone. */
function eventFiles({ recording, place, start }: Job): readonly ExportFile[] {
  const { host } = place
  const trackers = place.boxes.filter(isTracker).map(({ name }) => name)
  const names = new Set(host === undefined ? trackers : [host.name, ...trackers])
  const events = eventsOn(recording, names)
  const computer = computerName(host?.name ?? trackers[0] ?? "")
  if (host?.profile.family === "windows") {
    if (!events.some(({ id }) => typeof id === "number")) return []
    const isXml = isSinceVista(host.profile)
    const content = textOf(() => windowsEventLog(events, { computer, isXml, start }), "\r\n")
    return [{ path: isXml ? "events.xml" : "events.txt", content }]
  }
  if (!events.some(({ id }) => typeof id === "string")) return []
  const isLinux = host === undefined || host.profile.family === "linux"
  const linux = isLinux
    ? { linux: host === undefined ? routerLinux : linuxRelease(host.profile) }
    : {}
  const content = textOf(() => kernelLog(events, { computer, start, ...linux }), "\n")
  return [{ path: isLinux ? "journal.txt" : "messages.txt", content }]
}

/** In order of time, as logs are. */
function eventsOn({ run }: Recording, names: ReadonlySet<string>): readonly RunEvent[] {
  const events = run.events.filter(({ on }) => names.has(on))
  return events.sort((a, b) => a.timeSec - b.timeSec)
}

function settingFiles({ host, boxes }: Place): readonly ExportFile[] {
  const lineEnd = lineEndOf(host)
  return settingsOf(host, boxes).map(({ path, lines }) => ({
    path,
    content: textOf(() => lines, lineEnd),
  }))
}

function settingsOf(host: HostRecord | undefined, boxes: Place["boxes"]): readonly TextFile[] {
  if (host === undefined) return boxes.filter(isTracker).flatMap(routerSettings)
  switch (host.profile.family) {
    case "windows":
      return windowsSettings(host)
    case "lan-manager":
      return dosSettings(host)
    default:
      return unixSettings(host, boxes.filter(isTracker))
  }
}

function counterFilesOf({ recording, place, start }: Job): readonly ExportFile[] {
  const { host, boxes, isVantage } = place
  const { hosts, run } = recording
  const job = { hosts, start, endSec: run.durationSec, lineEnd: lineEndOf(host) }
  const metrics = boxes.flatMap((box) => {
    const found = cloudMetrics(box, start, run.durationSec)
    if (found === undefined) return []
    const path = `${found.cloud}-metrics-${computerName(box.name)}.json`
    return [{ path, content: textOf(() => [found.text], "\n") }]
  })
  const counted =
    host === undefined
      ? boxes.flatMap((box) => boxCounters(box, "forward", job))
      : hostCounters(host, boxes, isVantage, job)
  return [...counted, ...metrics]
}

function firewallFiles({ place, start }: Job): readonly ExportFile[] {
  return place.boxes.filter(hasFirewallLog).map((box) => ({
    path: `isa-${computerName(box.name)}.w3c`,
    content: textOf(() => firewallLog(box, start), "\r\n"),
  }))
}

/** Alerts of the firewalls of Microsoft, in the event logs of their machines. */
function alertFiles({ recording, place, start }: Job): readonly ExportFile[] {
  return place.boxes.filter(hasFirewallLog).flatMap((box) => {
    const alerts = eventsOn(recording, new Set([box.name]))
    if (alerts.length === 0) return []
    const computer = computerName(box.name)
    // TMG runs on Windows Server 2008, which has wevtutil.
    const isXml = box.profileId === "tmg-2010"
    const path = `events-${computer}.${isXml ? "xml" : "txt"}`
    const content = textOf(() => windowsEventLog(alerts, { computer, isXml, start }), "\r\n")
    return [{ path, content }]
  })
}

function logFiles(host: HostRecord, { recording, start }: Job): readonly ExportFile[] {
  const attempts = recording.attempts.filter((attempt) => isLogged(attempt, host))
  if (attempts.length === 0) return []
  const { family } = host.profile
  const path = family === "lan-manager" ? "LOGON.TXT" : "client.log"
  return [{ path, content: textOf(() => clientLog(attempts, family, start), lineEndOf(host)) }]
}
