/** A profile's box, by what it does: firewalls of Microsoft, netfilter, translators of the clouds. */
import type { MiddleboxProfile } from "../../model/profile.ts"
import { CloudNat, type CloudNatOptions } from "./cloud-nat.ts"
import { Conntrack, type ConntrackOptions } from "./conntrack.ts"
import { IsaFirewall, type IsaOptions } from "./isa.ts"
import type { Middlebox, MiddleboxSink } from "./middlebox.ts"

/** What a run says of a box beyond its profile; the part for another kind of box is not looked at. */
export type MiddleboxOptions = {
  readonly isa?: IsaOptions
  readonly conntrack?: ConntrackOptions
  readonly nat?: CloudNatOptions
}

const firewalls = new Set(["isa-2000", "isa-2004", "isa-2006", "tmg-2010"])
const trackers = new Set(["netfilter", "kube-proxy"])
const translators = new Set(["aws-nat-gateway", "azure-nat-gateway", "azure-lb", "gcp-cloud-nat"])

/** Profiles that have a box. */
export const SIMULATED_BOXES: readonly string[] = [...firewalls, ...trackers, ...translators]

/** What a box does: limits its clients, tracks connections, translates addresses. */
export type BoxKind = "firewall" | "tracker" | "translator"

/** Undefined where the profile has no box. */
export function boxKindOf({ id }: MiddleboxProfile): BoxKind | undefined {
  if (firewalls.has(id)) return "firewall"
  if (trackers.has(id)) return "tracker"
  return translators.has(id) ? "translator" : undefined
}

/** The box; undefined where the profile has none, or a translator is given no addresses. */
export function middleboxOf(
  profile: MiddleboxProfile,
  options: MiddleboxOptions,
  sink: MiddleboxSink,
): Middlebox | undefined {
  const { isa = {}, conntrack = {}, nat } = options
  const kind = boxKindOf(profile)
  if (kind === "firewall") return new IsaFirewall(profile, isa, sink)
  if (kind === "tracker") return new Conntrack(profile, conntrack)
  if (kind === "translator" && nat !== undefined) return new CloudNat(profile, nat)
  return undefined
}
