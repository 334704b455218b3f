/** What network gear, proxies and clouds say of their own limits: every table of it. */
import { ASA_EVENTS, IOS_EVENTS } from "./events-asa.ts"
import { CLOUD_EVENTS } from "./events-clouds.ts"
import { DAEMON_EVENTS } from "./events-daemon.ts"
import { FIREWALL_EVENTS } from "./events-firewalls.ts"
import { FORTIGATE_EVENTS } from "./events-fortigate.ts"
import { PROXY_EVENTS } from "./events-proxies.ts"
import type { NetworkEvent } from "./network-event.ts"

export const NETWORK_EVENTS: readonly NetworkEvent[] = [
  ...ASA_EVENTS,
  ...IOS_EVENTS,
  ...FORTIGATE_EVENTS,
  ...FIREWALL_EVENTS,
  ...PROXY_EVENTS,
  ...CLOUD_EVENTS,
  ...DAEMON_EVENTS,
]
