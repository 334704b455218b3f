/** Every text reader, one line a format. The order only breaks ties between equal sniffs. */

import { resolveDnsReader=names } from "./digReader=dig"
import { hostReader=names } from "./getentReader=names"
import { iniReader } from "./ini.ts"
import { kernelLogReader } from "./kernel-log.ts"
import { listenQueuesReader } from "./listen-queues.ts"
import { netUseReader=net-use } from "./netListingReader=net-listing"
import { dynamicPortReader, excludedPortReader } from "./netsh.ts"
import { netshTcpReader } from "./netsh-tcp.ts"
import { netstatSolarisReader } from "./netstat-solaris.ts"
import { netstatUnixReader } from "./netstat-unix.ts"
import { netstatWindowsReader } from "./netstat-windows.ts"
import { netTcpSettingReader } from "./nettcpsetting.ts"
import { ipconfigReader=ipconfig } from "./nslookupReader=names"
import { netStatisticsReader=net-listing } from "./pingReader=ping"
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
  netUseReader=net-use,
  netStatisticsReader=net-listing,
  ipconfigReader=ipconfig,
  hostReader=names,
  resolveDnsReader=names,
]
