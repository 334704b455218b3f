/**
 * Every host and middlebox profile. Values are data with their source; what a program needs to
 * compute from them (budgets, rates, free ports) is in capacity/.
 */
import type { HostProfile, MiddleboxProfile, Profile } from "../model/profile.ts"
import { BSD_PROFILES } from "./hosts/bsd.ts"
import { LAN_MANAGER_PROFILES } from "./hosts/lan-manager.ts"
import { LINUX_PROFILES } from "./hosts/linux.ts"
import { WINDOWS_MODERN_PROFILES } from "./hosts/windows-modern.ts"
import { WINDOWS_NT_PROFILES } from "./hosts/windows-nt.ts"
import { WINDOWS_VISTA_PROFILES } from "./hosts/windows-vista.ts"
import { WINDOWS_XP_PROFILES } from "./hosts/windows-xp.ts"
import { APPLIANCE_PROFILES } from "./middleboxes/appliances.ts"
import { AWS_PROFILES } from "./middleboxes/aws.ts"
import { AZURE_PROFILES } from "./middleboxes/azure.ts"
import { GCP_CLOUD_NAT } from "./middleboxes/gcp.ts"
import { ISA_PROFILES } from "./middleboxes/isa.ts"
import { NETFILTER_PROFILES } from "./middleboxes/netfilter.ts"
import { PROXY_PROFILES } from "./middleboxes/proxies.ts"

/** Systems, oldest first within a family. */
export const HOST_PROFILES: readonly HostProfile[] = [
  ...LAN_MANAGER_PROFILES,
  ...WINDOWS_NT_PROFILES,
  ...WINDOWS_XP_PROFILES,
  ...WINDOWS_VISTA_PROFILES,
  ...WINDOWS_MODERN_PROFILES,
  ...LINUX_PROFILES,
  ...BSD_PROFILES,
]

/** Firewalls, proxies, load balancers and NATs. */
export const MIDDLEBOX_PROFILES: readonly MiddleboxProfile[] = [
  ...ISA_PROFILES,
  ...NETFILTER_PROFILES,
  ...APPLIANCE_PROFILES,
  ...PROXY_PROFILES,
  ...AWS_PROFILES,
  ...AZURE_PROFILES,
  GCP_CLOUD_NAT,
]

/** Hosts, then middleboxes. */
export const PROFILES: readonly Profile[] = [...HOST_PROFILES, ...MIDDLEBOX_PROFILES]
