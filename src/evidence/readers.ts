/** Every text reader, one line a format. The order only breaks ties between equal sniffs. */

import { clientLogReader } from "./client-log.ts"
import { digReader } from "./dig.ts"
import { iniReader } from "./ini.ts"
import { ipconfigReader } from "./ipconfig.ts"
import { kernelLogReader } from "./kernel-log.ts"
import { listenQueuesReader } from "./listen-queues.ts"
import { getentReader, hostReader, nslookupReader, resolveDnsReader } from "./names.ts"
import { netListingReader, netStatisticsReader } from "./net-listing.ts"
import { netUseReader } from "./net-use.ts"
import { dynamicPortReader, excludedPortReader } from "./netsh.ts"
import { netshTcpReader } from "./netsh-tcp.ts"
import { netstatSolarisReader } from "./netstat-solaris.ts"
import { netstatUnixReader } from "./netstat-unix.ts"
import { netstatWindowsReader } from "./netstat-windows.ts"
import { netTcpSettingReader } from "./nettcpsetting.ts"
import { pingReader } from "./ping.ts"
import type { Reader } from "./reader.ts"
import { registryReader } from "./registry.ts"
import { itemPropertyReader, regQueryReader } from "./registry-query.ts"
import { sockstatReader } from "./sockstat.ts"
import { windowsEventTextReader } from "./windows-event-text.ts"

export const READERS: readonly Reader[] = [
  iniReader,
  netTcpSettingReader,
  netshTcpReader,
  excludedPortReader,
  dynamicPortReader,
  itemPropertyReader,
  regQueryReader,
  registryReader,
  kernelLogReader,
  windowsEventTextReader,
  netstatWindowsReader,
  netstatUnixReader,
  listenQueuesReader,
  netstatSolarisReader,
  sockstatReader,
  netUseReader,
  netListingReader,
  netStatisticsReader,
  pingReader,
  ipconfigReader,
  nslookupReader,
  hostReader,
  getentReader,
  resolveDnsReader,
  digReader,
  clientLogReader,
]
