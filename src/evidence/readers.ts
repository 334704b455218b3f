/** Every text reader, one line a format. The order only breaks ties between equal sniffs. */

import { bundleManifestReader } from "./bundle-manifest.ts"
import { clientLogReader, clientTableReader } from "./client-log.ts"
import { conntrackReader } from "./conntrack.ts"
import { conntrackCountReader, conntrackStatsReader } from "./conntrack-stats.ts"
import { digReader } from "./dig.ts"
import { ethtoolReader } from "./ethtool.ts"
import { eventJsonReader } from "./evtx/event-json.ts"
import { eventListReader } from "./evtx/event-list.ts"
import { eventRowsReader } from "./evtx/event-rows.ts"
import { eventXmlReader } from "./evtx/event-xml.ts"
import { hostNameReader } from "./host-name.ts"
import { ifconfigReader } from "./ifconfig.ts"
import { iniReader } from "./ini.ts"
import { ipAddressReader, ipNeighbourReader, ipRouteReader } from "./ip.ts"
import { ipJsonReader } from "./ip-json.ts"
import { ipconfigReader } from "./ipconfig.ts"
import {
  ip6tablesSaveReader,
  iptablesListReader,
  iptablesNatReader,
  iptablesSaveReader,
} from "./iptables-rules.ts"
import { kernelLogReader } from "./kernel-log.ts"
import { listenQueuesReader } from "./listen-queues.ts"
import { conntrackEventReader } from "./logs/conntrack-events.ts"
import { isaReaders } from "./logs/isa-log.ts"
import { journalReader } from "./logs/journal.ts"
import { networkLogReaders } from "./logs/network-log-readers.ts"
import { packetListReader } from "./logs/packet-list.ts"
import { filterlogReader, pflogReader } from "./logs/pf-log.ts"
import { pfirewallReader } from "./logs/pfirewall.ts"
import { tcpdumpReader } from "./logs/tcpdump-text.ts"
import { ulogdReader } from "./logs/ulogd.ts"
import { lsofFieldsReader, lsofReader } from "./lsof.ts"
import { meminfoReader } from "./meminfo.ts"
import { getentReader, hostReader, nslookupReader, resolveDnsReader } from "./names.ts"
import { netListingReader, netStatisticsReader } from "./net-listing.ts"
import { netUseReader } from "./net-use.ts"
import { dynamicPortReader, excludedPortReader } from "./netsh.ts"
import { netshTcpReader } from "./netsh-tcp.ts"
import { netstatSolarisReader } from "./netstat-solaris.ts"
import { netstatStatisticsReader } from "./netstat-statistics.ts"
import { netstatUnixReader } from "./netstat-unix.ts"
import { netstatWindowsReader } from "./netstat-windows.ts"
import { netTcpSettingReader } from "./nettcpsetting.ts"
import { nftReader } from "./nft-rules.ts"
import { notesReader } from "./notes.ts"
import { nstatReader } from "./nstat.ts"
import { pfctlReaders } from "./pfctl.ts"
import { pingReader, timedPingReader } from "./ping.ts"
import { ncReader, telnetReader, testNetConnectionReader } from "./port-test.ts"
import { powershellCsvReader, powershellListReader, powershellTableReader } from "./powershell.ts"
import { powershellJsonReader } from "./powershell-json.ts"
import { procNetReaders } from "./proc-net.ts"
import {
  conntrackStatReader,
  procSockstatReaders,
  snmp6Reader,
  snmpReaders,
  softnetReader,
} from "./proc-net-stat.ts"
import { procSysReader } from "./proc-sys.ts"
import { processDescriptorsReader } from "./process-descriptors.ts"
import type { Reader } from "./reader.ts"
import { registryReader } from "./registry.ts"
import { itemPropertyReader, itemTableReader, regQueryReader } from "./registry-query.ts"
import { shortLines } from "./short-lines.ts"
import { sockstatReader } from "./sockstat.ts"
import { ssReader } from "./ss.ts"
import { ssSummaryReader } from "./ss-summary.ts"
import { sysctlReader } from "./sysctl.ts"
import { systemLineReader, systemListReader } from "./systeminfo.ts"
import { getProcessReader, psReader, tasklistReader } from "./tasklist.ts"
import { tracerouteReader } from "./traceroute.ts"
import { transcriptReader } from "./transcript.ts"
import { limitReaders } from "./ulimit.ts"
import { windowsEventTextReader } from "./windows-event-text.ts"
import { wireLogReader } from "./wire-log.ts"

/** What tools list and files hold: none begins at a line with a log's head, so they are not asked of those. */
const LISTINGS: readonly Reader[] = [
  bundleManifestReader,
  iniReader,
  netTcpSettingReader,
  netshTcpReader,
  excludedPortReader,
  dynamicPortReader,
  itemPropertyReader,
  itemTableReader,
  regQueryReader,
  registryReader,
  netstatWindowsReader,
  netstatUnixReader,
  listenQueuesReader,
  netstatSolarisReader,
  shortLines(sockstatReader),
  pingReader,
  eventJsonReader,
  eventRowsReader,
  netUseReader,
  netListingReader,
  netStatisticsReader,
  ipconfigReader,
  nslookupReader,
  hostReader,
  getentReader,
  resolveDnsReader,
  digReader,
  ssReader,
  ssSummaryReader,
  ...procNetReaders,
  procSysReader,
  sysctlReader,
  conntrackReader,
  conntrackCountReader,
  conntrackStatsReader,
  nstatReader,
  conntrackStatReader,
  snmp6Reader,
  ...snmpReaders,
  ...procSockstatReaders,
  softnetReader,
  ...limitReaders,
  ...pfctlReaders,
  processDescriptorsReader,
  nftReader,
  iptablesSaveReader,
  iptablesListReader,
  iptablesNatReader,
  ip6tablesSaveReader,
  ethtoolReader,
  ipAddressReader,
  ipRouteReader,
  ipNeighbourReader,
  ipJsonReader,
  ifconfigReader,
  meminfoReader,
  transcriptReader,
  notesReader,
  testNetConnectionReader,
  telnetReader,
  ncReader,
  tracerouteReader,
  wireLogReader,
  systemLineReader,
  hostNameReader,
  systemListReader,
  tasklistReader,
  getProcessReader,
  psReader,
  netstatStatisticsReader,
  powershellTableReader,
  powershellListReader,
  powershellCsvReader,
  powershellJsonReader,
  lsofReader,
  lsofFieldsReader,
  clientTableReader,
]

/** What may stand in logs, behind a stamp, a host and a program: name the `words` of a new one. */
const LOGS: readonly Reader[] = [
  kernelLogReader,
  ...isaReaders,
  eventXmlReader,
  eventListReader,
  windowsEventTextReader,
  timedPingReader,
  conntrackEventReader,
  ulogdReader,
  tcpdumpReader,
  packetListReader,
  pflogReader,
  filterlogReader,
  pfirewallReader,
  ...networkLogReaders,
  // Last, since it says least and asks most.
  clientLogReader,
]

/** Every character of ASCII but the brace that a million lines of JSON begin with: no listing does, unless it says so. */
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const noBrace = ASCII.filter((character) => character !== "{").join("")

export const READERS: readonly Reader[] = [
  ...[journalReader(LOGS), ...LISTINGS].map((reader) => ({
    ...reader,
    begins: reader.begins ?? noBrace,
    inLogs: false as const,
  })),
  ...LOGS,
]
