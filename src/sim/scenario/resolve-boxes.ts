/** Middleboxes of a scenario file: what each kind can be told, its rules and its translated addresses. */

import { addressAfter } from "../../model/address-number.ts"
import type { LimitId } from "../../model/limit.ts"
import { nearestNames } from "../../model/nearest.ts"
import { type PortRange, parsePortRange } from "../../model/ports.ts"
import type { MiddleboxProfile } from "../../model/profile.ts"
import { type BoxKind, boxKindOf } from "../middlebox/middlebox-of.ts"
import { type AddressPlan, blockOf, canonical } from "./addresses.ts"
import type { Faults, Place } from "./faults.ts"
import { checkNames } from "./group-names.ts"
import { BOX_DEFAULT, boxProfileOf } from "./profile-names.ts"
import type { ScenarioBox, ScenarioRule } from "./scenario.ts"
import { type BoxForm, boxForm, type RuleForm } from "./schema-hosts.ts"

type Limits = Partial<Record<LimitId, number | null>>
type Nat = NonNullable<ScenarioBox["nat"]>
type NatForm = NonNullable<BoxForm["nat"]>

/** Keys that only some kinds of box have, and what the others are told. */
const keysOf: Readonly<Record<BoxKind, readonly (keyof BoxForm)[]>> = {
  firewall: ["limits", "customLimits", "custom", "rateWindow", "linger"],
  tracker: ["rules", "nat", "flowsMax", "buckets", "dropsInvalid", "loose"],
  translator: ["nat"],
}
const every: readonly (keyof BoxForm)[] = ["profile", "at", "timers"]

/** Limits a firewall can be given; the numbers of a rate are per its window, a minute. */
const firewallLimits: readonly LimitId[] = [
  "firewall-concurrent",
  "firewall-rate",
  "firewall-embryonic",
]
const firewallTimers = ["idle", "unanswered"]
/** Documentation addresses (RFC 5737), for translators that are given none. */
const outside = "203.0.113.1"

export function resolveBoxes(
  forms: Readonly<Record<string, BoxForm | null>>,
  groups: readonly string[],
  plan: AddressPlan,
  faults: Faults,
): readonly ScenarioBox[] {
  return Object.entries(forms).map(([name, form]) => {
    const place = ["middleboxes", name]
    if (groups.includes(name)) faults.add(place, `a group of hosts is called ${name} too`)
    return boxOf(name, form ?? boxForm.parse({}), groups, plan, faults)
  })
}

function boxOf(
  name: string,
  form: BoxForm,
  groups: readonly string[],
  plan: AddressPlan,
  faults: Faults,
): ScenarioBox {
  const place = ["middleboxes", name]
  const found = boxProfileOf(form.profile ?? BOX_DEFAULT)
  if (typeof found === "string") faults.add([...place, "profile"], found)
  const profile = (
    typeof found === "string" ? boxProfileOf(BOX_DEFAULT) : found
  ) as MiddleboxProfile
  const kind = boxKindOf(profile) ?? "tracker"
  if (typeof found !== "string") checkKeys(form, profile, kind, place, faults)
  if (form.at !== undefined) checkNames([form.at], groups, [...place, "at"], faults)
  const custom = form.custom ?? []
  checkNames(custom, groups, [...place, "custom"], faults)
  const nat =
    form.nat === undefined ? undefined : natOf(form.nat, kind, groups, plan, place, faults)
  return {
    name,
    profile,
    ...(form.at === undefined ? {} : { at: form.at }),
    limits: limitsOf(form.limits, [...place, "limits"], faults),
    customLimits: limitsOf(form.customLimits, [...place, "customLimits"], faults),
    custom,
    rules: (form.rules ?? []).map((rule, index) => {
      return ruleOf(rule, groups, [...place, "rules", index], faults)
    }),
    ...(nat === undefined ? {} : { nat }),
    ...(form.flowsMax === undefined ? {} : { flowsMax: form.flowsMax }),
    ...(form.buckets === undefined ? {} : { buckets: form.buckets }),
    timersSec: timersOf(form, profile, kind, [...place, "timers"], faults),
    rateWindow: form.rateWindow ?? "fixed",
    lingerSec: form.linger ?? 0,
    dropsInvalid: form.dropsInvalid ?? false,
    isLoose: form.loose ?? true,
  }
}

function checkKeys(
  form: BoxForm,
  { id }: MiddleboxProfile,
  kind: BoxKind,
  place: Place,
  faults: Faults,
): void {
  for (const key of Object.keys(form) as readonly (keyof BoxForm)[]) {
    if (form[key] === undefined || every.includes(key) || keysOf[kind].includes(key)) continue
    const hint = key === "limits" ? "; write rules, such as { count: 160, per: source }" : ""
    faults.add(
      [...place, key],
      `a box of profile ${id} has no ${key}${kind === "tracker" ? hint : ""}`,
    )
  }
  if (kind === "translator" && form.nat === undefined) {
    faults.add(place, `${id} needs nat: { inside: GROUP }`)
  }
}

function limitsOf(form: BoxForm["limits"], place: Place, faults: Faults): Limits {
  const limits: Limits = {}
  for (const [name, value] of Object.entries(form ?? {})) {
    const id = name as LimitId
    if (value === undefined) continue
    if (!firewallLimits.includes(id)) {
      faults.add([...place, id], `no limit of this box; it has ${firewallLimits.join(", ")}`)
    } else if (typeof value === "object" && id !== "firewall-rate") {
      faults.add([...place, id], "cannot take a rate: a number of connections is expected")
    } else if (value === "none") limits[id] = null
    else limits[id] = typeof value === "number" ? value : (value.over * 60) / value.perSec
  }
  return limits
}

function timersOf(
  form: BoxForm,
  profile: MiddleboxProfile,
  kind: BoxKind,
  place: Place,
  faults: Faults,
): Readonly<Record<string, number>> {
  const names = kind === "firewall" ? firewallTimers : Object.keys(profile.timersSec)
  const timers: Record<string, number> = {}
  for (const [written, sec] of Object.entries(form.timers ?? {})) {
    const name = names.find((each) => plain(each) === plain(written))
    if (name !== undefined) timers[name] = sec
    else {
      const near = nearestNames(plain(written), names.map(plain))
      const known = names.find((each) => plain(each) === near[0])
      const hint = known === undefined ? `it has ${names.join(", ")}` : `did you mean ${known}?`
      faults.add([...place, written], `no timer of ${profile.id}; ${hint}`)
    }
  }
  return timers
}

/** time_wait, TIME-WAIT and nf_conntrack_tcp_timeout_time_wait are one. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^.*nf_conntrack_tcp_timeout_/, "")
    .replaceAll(/[-_ ]/g, "-")
}

function ruleOf(
  form: RuleForm,
  groups: readonly string[],
  place: Place,
  faults: Faults,
): ScenarioRule {
  const kinds = (["count", "rate", "deny"] as const).filter((kind) => {
    return form[kind] !== undefined && form[kind] !== false
  })
  const kind = kinds[0] ?? "deny"
  if (kinds.length !== 1) faults.add(place, "one of count, rate and deny is expected")
  for (const side of ["from", "to"] as const) {
    checkNames(form[side] ?? [], groups, [...place, side], faults)
  }
  const denied = Array.isArray(form.deny) ? form.deny : []
  return {
    kind,
    over: kind === "count" ? (form.count ?? 0) : (form.rate?.over ?? 0),
    perSec: form.rate?.perSec ?? 1,
    burst: form.burst,
    per: form.per,
    answer: form.answer,
    icmpCode: form.icmpCode,
    ports: form.ports ?? denied,
    from: form.from ?? [],
    to: form.to ?? [],
  }
}

function natOf(
  form: NatForm,
  kind: BoxKind,
  groups: readonly string[],
  plan: AddressPlan,
  boxPlace: Place,
  faults: Faults,
): Nat {
  const place = [...boxPlace, "nat"]
  checkNames(form.inside, groups, [...place, "inside"], faults)
  const isTracker = kind === "tracker"
  if (isTracker && form.portsMost !== undefined) {
    faults.add([...place, "portsMost"], "only the clouds' translators have ports that grow")
  }
  const given = form.ports === undefined ? undefined : portsOf(form.ports)
  if (form.ports !== undefined && given === undefined) {
    faults.add(
      [...place, "ports"],
      `cannot take "${form.ports}": a range such as 1024-65535 is expected`,
    )
  }
  const size = given === undefined ? undefined : given.last - given.first + 1
  return {
    addresses: natAddresses(form, plan, place, faults),
    inside: form.inside,
    ...(isTracker && given !== undefined ? { ports: given } : {}),
    isRandom: form.random,
    ...(!isTracker && size !== undefined ? { portsOfOne: size } : {}),
    ...(form.portsMost === undefined ? {} : { portsMost: form.portsMost }),
  }
}

/** A number of ports is counted from 1024 on, where one range of netfilter begins. */
function portsOf(value: number | string): PortRange | undefined {
  if (typeof value === "string") return parsePortRange(value)
  const first = value > 64_512 ? 65_536 - value : 1024
  return { first, last: first + value - 1 }
}

function natAddresses(
  form: NatForm,
  plan: AddressPlan,
  place: Place,
  faults: Faults,
): readonly string[] {
  const { addresses = 1 } = form
  const address = form.address === undefined ? undefined : canonical(form.address)
  if (typeof addresses !== "number") {
    for (const each of addresses) takeAddress(each, 1, plan, [...place, "addresses"], faults)
    return addresses.map(canonical)
  }
  const first = address ?? freeOutside(addresses, plan)
  if (address !== undefined) takeAddress(first, addresses, plan, [...place, "address"], faults)
  const block = Array.from({ length: addresses }, (_, index) => addressAfter(first, index) ?? first)
  return blockOf(first, addresses) === undefined ? [first] : block
}

function takeAddress(
  address: string,
  count: number,
  plan: AddressPlan,
  place: Place,
  faults: Faults,
): void {
  const block = blockOf(address, count)
  if (block === undefined) faults.add(place, `cannot take "${address}": an address is expected`)
  else if (plan.take(block) !== undefined) {
    faults.add(place, `${address} is an address of a group or of another translator`)
  }
}

function freeOutside(count: number, plan: AddressPlan): string {
  for (let index = 0; index < 65_536; index++) {
    const address = addressAfter(outside, 256 * index) ?? outside
    const block = blockOf(address, count)
    if (block !== undefined && plan.take(block) === undefined) return address
  }
  return outside
}
