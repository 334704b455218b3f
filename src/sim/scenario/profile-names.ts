/** Profiles by the names people give them: the catalogue's ids, "linux" for the newest, "linux-5.10" for what covers it. */
import { HOST_PROFILES, MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import { nearestNames } from "../../model/nearest.ts"
import type { HostProfile, MiddleboxProfile } from "../../model/profile.ts"
import { SIMULATED_BOXES } from "../middlebox/middlebox-of.ts"

export const HOST_DEFAULT = "linux"
export const BOX_DEFAULT = "netfilter"

/** The profile, or what is wrong with the name. */
export function hostProfileOf(name: string): HostProfile | string {
  const key = name.trim().toLowerCase()
  const found = HOST_PROFILES.find(({ id }) => id === key) ?? linuxOf(key)
  if (found !== undefined) return found
  const ids = ["linux", ...HOST_PROFILES.map(({ id }) => id)]
  return unknown("system", name, ids)
}

export function boxProfileOf(name: string): MiddleboxProfile | string {
  const key = name.trim().toLowerCase()
  const found = MIDDLEBOX_PROFILES.find(({ id }) => id === key)
  if (found === undefined) return unknown("middlebox", name, SIMULATED_BOXES)
  if (SIMULATED_BOXES.includes(found.id)) return found
  return `${found.id} cannot be simulated; one of ${SIMULATED_BOXES.join(", ")} can`
}

function unknown(what: string, name: string, ids: readonly string[]): string {
  const near = nearestNames(name.toLowerCase(), ids)
  const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : "see `fourtuple profiles`"
  return `no profile of a ${what} is called "${name}"; ${hint}`
}

/** "linux" or "linux-5.10"; profiles are in the order of their releases. */
function linuxOf(key: string): HostProfile | undefined {
  const linux = HOST_PROFILES.filter(({ family }) => family === "linux")
  if (key === "linux") return linux.at(-1)
  const [, major, minor] = /^linux-(\d{1,3})\.(\d{1,3})$/.exec(key) ?? []
  if (major === undefined) return undefined
  const release = Number(major) * 1000 + Number(minor)
  return linux.findLast(({ versions }) => {
    const first = />= (\d+)\.(\d+)/.exec(versions)
    return first === null || Number(first[1]) * 1000 + Number(first[2]) <= release
  })
}
