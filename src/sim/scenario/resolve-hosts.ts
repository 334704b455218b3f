/** Machines of a scenario file: profiles, settings, addresses, server programs. */
import { addressAfter } from "../../model/address-number.ts"
import type { HostProfile } from "../../model/profile.ts"
import { allocatorOf } from "../ports/allocator-of.ts"
import { Random } from "../random.ts"
import type { Settings } from "../settings.ts"
import { type AddressPlan, blockOf, canonical } from "./addresses.ts"
import type { Faults, Place } from "./faults.ts"
import { HOST_DEFAULT, hostProfileOf } from "./profile-names.ts"
import type { ScenarioHost, ScenarioListener } from "./scenario.ts"
import { type HostForm, hostForm, type ListenerForm, type ListenForm } from "./schema-hosts.ts"
import { settingsOf } from "./settings.ts"

/** Where file servers listen. */
const smbPorts: readonly number[] = [139, 445]

export function resolveHosts(
  forms: Readonly<Record<string, HostForm | null>>,
  plan: AddressPlan,
  faults: Faults,
): readonly ScenarioHost[] {
  const groups = Object.entries(forms).map(([name, form]) => {
    return { name, form: form ?? hostForm.parse({}) }
  })
  // Those that are given come first: the others keep clear of them.
  const given = new Map<string, string>()
  for (const { name, form } of groups) {
    if (form.address !== undefined) given.set(name, givenAddress(name, form, plan, faults))
  }
  return groups.map(({ name, form }) => {
    const address = given.get(name) ?? plan.next(form.count)
    if (address === undefined) faults.add(["hosts", name], "10.0.0.0/8 has no room for the group")
    return hostOf(name, form, address ?? "10.0.0.1", faults)
  })
}

function givenAddress(name: string, form: HostForm, plan: AddressPlan, faults: Faults): string {
  const place = ["hosts", name, "address"]
  const { count } = form
  const address = canonical(form.address ?? "")
  const block = blockOf(address, count)
  if (block === undefined) {
    faults.add(place, `cannot take "${address}": the address of ${count} machines is expected`)
  } else if (plan.take(block) !== undefined) {
    const last = count > 1 ? ` to ${addressAfter(address, count - 1)}` : ""
    faults.add(place, `${address}${last} overlaps the addresses of another group`)
  }
  return address
}

/** What the allocator of ports cannot take: a range without ports, a rule that there is not. */
function portsFault(profile: HostProfile, settings: Settings): string | undefined {
  try {
    if (Object.keys(settings).length > 0) {
      allocatorOf(profile, settings, { random: new Random(0, "ports") })
    }
  } catch (error) {
    if (error instanceof RangeError) return error.message.replace("Cannot", "cannot")
    throw error
  }
  return undefined
}

function hostOf(name: string, form: HostForm, address: string, faults: Faults): ScenarioHost {
  const place = ["hosts", name]
  const found = hostProfileOf(form.profile ?? HOST_DEFAULT)
  if (typeof found === "string") faults.add([...place, "profile"], found)
  const profile = (typeof found === "string" ? hostProfileOf(HOST_DEFAULT) : found) as HostProfile
  const before = faults.list.length
  const settings =
    typeof found === "string"
      ? {}
      : settingsOf(profile, form.settings ?? {}, [...place, "settings"], faults)
  const wrong = faults.list.length > before ? undefined : portsFault(profile, settings)
  if (wrong !== undefined) faults.add([...place, "settings"], wrong)
  const descriptors = form.descriptors ?? Number(settings["RLIMIT_NOFILE"] ?? Number.NaN)
  return {
    name,
    profile,
    address,
    count: form.count,
    settings,
    ...(Number.isFinite(descriptors) ? { descriptors } : {}),
    listeners: listenersOf(form.listen, profile, [...place, "listen"], faults),
    dead: deadOf(form, place, faults),
    deadAnswers: form.deadAnswers,
  }
}

function deadOf({ dead, count }: HostForm, place: Place, faults: Faults): number {
  if (dead === undefined) return 0
  const number = "count" in dead ? dead.count : Math.round(dead.share * count)
  if (number <= count) return number
  faults.add([...place, "dead"], `${number} are more than the ${count} of the group`)
  return 0
}

function listenersOf(
  form: ListenForm | undefined,
  profile: HostProfile,
  place: Place,
  faults: Faults,
): readonly ScenarioListener[] {
  if (form === undefined) return []
  const list = Array.isArray(form) ? form : [form]
  const listeners = list.flatMap((each) => {
    if (typeof each !== "number") return each.port.map((port) => listenerOf(port, each, profile))
    return [listenerOf(each, undefined, profile)]
  })
  const twice = listeners.find(({ port }, index) => {
    return listeners.findIndex((other) => other.port === port) !== index
  })
  if (twice !== undefined) faults.add(place, `port ${twice.port} is given twice`)
  return listeners
}

/** A workstation admits so many computers; of NT and 2000 the profile stands for servers as well, which do not count. */
function admitsOf({ inboundSessions }: HostProfile): number | null {
  const isServerToo = inboundSessions?.note?.includes("Server") === true
  return isServerToo ? null : (inboundSessions?.value ?? null)
}

function listenerOf(
  port: number,
  form: ListenerForm | undefined,
  profile: HostProfile,
): ScenarioListener {
  const isSmb = smbPorts.includes(port)
  const sessions = form?.sessions === undefined && isSmb ? admitsOf(profile) : form?.sessions
  return {
    port,
    backlog: form?.backlog ?? 4096,
    accepts: form?.accepts ?? "at-once",
    workers: form?.workers ?? Number.POSITIVE_INFINITY,
    serviceSec: form?.service ?? 0,
    answerBytes: form?.answer ?? 1000,
    onClientClose: form?.onClientClose ?? "closes",
    ...(form?.idle === undefined ? {} : { idleSec: form.idle }),
    ...(typeof sessions === "number" ? { sessions } : {}),
    ...(typeof form?.sessionsPerClient === "number"
      ? { sessionsPerClient: form.sessionsPerClient }
      : {}),
    turnsAwayBy: form?.turnsAwayBy ?? (isSmb ? "error" : "close"),
    isFiltered: form?.filtered === false ? "no" : (form?.filtered ?? "no"),
  }
}
