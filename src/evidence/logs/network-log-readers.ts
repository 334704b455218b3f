/** Every reader of logs and listings of network gear, proxies and clouds, in the order they are asked. */
import type { Reader } from "../reader.ts"
import { checkPointReader } from "./checkpoint.ts"
import { ciscoAsaReader } from "./cisco-asa.ts"
import {
  asaCountReader,
  asaDropReader,
  asaLocalHostReader,
  asaResourceReader,
} from "./cisco-asa-show.ts"
import { ciscoIosReader } from "./cisco-ios.ts"
import { cloudReaders } from "./cloud-readers.ts"
import { envoyReader } from "./envoy-access.ts"
import { fortigateReader } from "./fortigate.ts"
import { fortigateSessionsReader } from "./fortigate-sessions.ts"
import { haproxyReader } from "./haproxy.ts"
import { haproxyInfoReader, haproxyStatReader } from "./haproxy-stats.ts"
import { juniperSrxReader } from "./juniper-srx.ts"
import { mikrotikReader } from "./mikrotik.ts"
import { paloAltoReader } from "./paloalto.ts"
import {
  paloAltoCountersReader,
  paloAltoPoolReader,
  paloAltoSessionsReader,
} from "./paloalto-show.ts"
import { sonicWallReader } from "./sonicwall.ts"
import { suricataReader } from "./suricata-eve.ts"
import { zeekConnReader, zeekJsonReader } from "./zeek-conn.ts"

export const networkLogReaders: readonly Reader[] = [
  zeekConnReader,
  zeekJsonReader,
  ciscoAsaReader,
  asaCountReader,
  asaLocalHostReader,
  asaResourceReader,
  asaDropReader,
  fortigateReader,
  fortigateSessionsReader,
  paloAltoReader,
  paloAltoSessionsReader,
  paloAltoCountersReader,
  paloAltoPoolReader,
  juniperSrxReader,
  haproxyReader,
  haproxyInfoReader,
  haproxyStatReader,
  envoyReader,
  suricataReader,
  ciscoIosReader,
  checkPointReader,
  sonicWallReader,
  mikrotikReader,
  ...cloudReaders,
]
