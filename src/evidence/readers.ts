/** Every text reader, one line a format. The order only breaks ties between equal sniffs. */

import { iniReader } from "./ini.ts"
import { kernelLogReader } from "./kernel-log.ts"
import { dynamicPortReader, excludedPortReader } from "./netsh.ts"
import { netshTcpReader } from "./netsh-tcp.ts"
import { netstatWindowsReader } from "./netstat-windows.ts"
import { netTcpSettingReader } from "./nettcpsetting.ts"
import type { Reader } from "./reader.ts"
import { registryReader } from "./registry.ts"
import { itemPropertyReader, regQueryReader } from "./registry-query.ts"
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
]
