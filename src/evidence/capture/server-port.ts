/**
 * Which end of a connection is the server, for captures that begin in its middle: the port says it. Zeek asks the same
 * (likely_server_ports): the sender of the first packet opened the connection, unless its own port looks more like a
 * service than the other one.
 */
import { SERVICES } from "../../catalog/services.ts"

/** Services that run everywhere; registered ones beyond them may as well be a client's port of an old system. */
const common = [
  21, 22, 23, 25, 53, 80, 81, 88, 102, 110, 111, 135, 139, 143, 179, 389, 443, 445, 465, 502, 515,
  563, 585, 587, 593, 614, 631, 636, 853, 873, 989, 990, 992, 993, 995, 1080, 1433, 1434, 1521,
  1723, 1883, 2049, 2375, 2376, 2379, 2404, 2811, 3000, 3128, 3260, 3268, 3269, 3306, 3389, 4222,
  4840, 5000, 5044, 5060, 5061, 5222, 5223, 5269, 5432, 5601, 5672, 5900, 5901, 5985, 5986, 6379,
  6443, 6514, 6666, 6667, 6668, 6669, 7001, 8000, 8008, 8080, 8081, 8086, 8088, 8443, 8883, 8888,
  9000, 9042, 9090, 9092, 9100, 9200, 9300, 9418, 10050, 10051, 10250, 11211, 15672, 20000, 25565,
  27017, 44818,
]
const wellKnownMax = 511
/** From here Linux takes ports for clients (ip_local_port_range); Windows and the BSDs from 49152. */
const ephemeralMin = 32_768
/** The server of active FTP opens its data connections from it. */
const ftpData = 20

const ranks = ranksOfPorts()

/** Whether the sender of a first packet that is no SYN is the server. */
export function isFromServer(fromPort: number, toPort: number): boolean {
  const from = ranks[fromPort] ?? 0
  const to = ranks[toPort] ?? 0
  if (from !== to) return from > to
  return from >= 2 && fromPort < toPort
}

/** How much each port is a server's: 4 common, 3 well-known, 2 registered, 1 no client's of today, 0 ephemeral. */
function ranksOfPorts(): Uint8Array {
  const table = new Uint8Array(65_536)
  table.fill(1, 0, ephemeralMin)
  for (const port of SERVICES.values()) if (port < ephemeralMin) table[port] = 2
  table.fill(3, 1, wellKnownMax + 1)
  for (const port of common) table[port] = 4
  table[ftpData] = 0
  return table
}
