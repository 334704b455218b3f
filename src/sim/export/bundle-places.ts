/**
 * Whose evidence an export is of: the machine that was asked for, with the logs of the firewalls and translators on its
 * ways; for a whole bundle also the single machines it talked to and the Linux routers between, each in a folder of its
 * own. Nobody logs on to five hundred targets: of a group of machines only the one that was asked for is shown.
 */
import type { AttemptRow, BoxRecord, HostRecord, Recording } from "../engine/simulated-run.ts"
import { computerName } from "./host-names.ts"

export type Place = {
  /** "" or a name with "/" behind it. */
  readonly folder: string
  readonly isVantage: boolean
  /** Absent on a router that is no host of the run. */
  readonly host?: HostRecord
  /** What logs here, or is in this machine. */
  readonly boxes: readonly BoxRecord[]
}

const trackers: ReadonlySet<string> = new Set(["netfilter", "kube-proxy"])

/** Whether the box is a Linux machine with tools of its own. */
export function isTracker({ profileId }: BoxRecord): boolean {
  return trackers.has(profileId)
}

/** Whether a program of that machine made the attempt. */
export function isLogged({ on, from }: AttemptRow, host: HostRecord): boolean {
  return on === host.name || from === host.address
}

/** The machine that was asked for comes first. */
export function placesOf(
  recording: Recording,
  name: string | undefined,
  isBundle: boolean,
): readonly Place[] {
  const vantage = vantageOf(recording, name)
  const { boxes } = recording
  const loose = boxes.filter((box) => box.at === undefined && !isTracker(box))
  const routers = isBundle ? boxes.filter((box) => box.at === undefined && isTracker(box)) : []
  const others = isBundle && vantage !== undefined ? targetsOf(recording, vantage) : []
  const hasFolders = others.length + routers.length > 0
  const folderOf = (role: string, of: string): string =>
    hasFolders ? `${role}-${computerName(of)}/` : ""
  const first: Place = {
    folder: vantage === undefined ? "" : folderOf("client", vantage.name),
    isVantage: true,
    ...(vantage === undefined ? {} : { host: vantage }),
    boxes: [...loose, ...boxesIn(boxes, vantage)],
  }
  return [
    first,
    ...others.map((host) => ({
      folder: folderOf("target", host.name),
      isVantage: false,
      host,
      boxes: boxesIn(boxes, host),
    })),
    ...routers.map((box) => ({
      folder: folderOf("router", box.name),
      isVantage: false,
      boxes: [box],
    })),
  ]
}

/** The named machine or the first of the named group; else the first that runs an application. */
export function vantageOf(
  { hosts, run }: Recording,
  name = run.applications[0]?.on,
): HostRecord | undefined {
  const exact = hosts.find((host) => host.name === name)
  return exact ?? hosts.find((host) => groupOf(host.name) === name) ?? hosts[0]
}

/** "mgmt[17]" → "mgmt" */
function groupOf(name: string): string {
  return name.replace(/\[\d+\]$/, "")
}

function boxesIn(boxes: readonly BoxRecord[], host: HostRecord | undefined): readonly BoxRecord[] {
  if (host === undefined) return []
  return boxes.filter(({ at }) => at === host.name || at === groupOf(host.name))
}

/** Single machines that the vantage has tried to reach. */
function targetsOf({ hosts, attempts }: Recording, vantage: HostRecord): readonly HostRecord[] {
  const reached = new Set<string>()
  for (const attempt of attempts) if (isLogged(attempt, vantage)) reached.add(attempt.to)
  return hosts.filter(
    (host) => host !== vantage && groupOf(host.name) === host.name && reached.has(host.address),
  )
}
