/**
 * Socket listings of any size for the benchmarks, by a seeded generator so that two runs measure
 * the same bytes: `ss -tan` of iproute2, `netstat -ant` of net-tools, `netstat -ano` of Windows and
 * /proc/net/tcp. The mix of states is a busy proxy's.
 */

import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { generator } from "./random.ts"

export const LISTINGS = ["ss", "netstat-linux", "netstat-windows", "proc-net-tcp"] as const

export type Listing = (typeof LISTINGS)[number]

/** The word of ss, of Windows, of net-tools, the kernel's number, and how many in a hundred. */
const states: readonly (readonly [string, string, string, string, number])[] = [
  ["ESTAB", "ESTABLISHED", "ESTABLISHED", "01", 45],
  ["TIME-WAIT", "TIME_WAIT", "TIME_WAIT", "06", 40],
  ["CLOSE-WAIT", "CLOSE_WAIT", "CLOSE_WAIT", "08", 5],
  ["SYN-SENT", "SYN_SENT", "SYN_SENT", "02", 4],
  ["FIN-WAIT-2", "FIN_WAIT_2", "FIN_WAIT2", "05", 3],
  ["SYN-RECV", "SYN_RECEIVED", "SYN_RECV", "03", 2],
  ["LISTEN", "LISTENING", "LISTEN", "0A", 1],
]

const linesAtOnce = 10_000

/** Writes a listing of so many rows to a file. */
export async function writeListing(path: string, listing: Listing, rows: number): Promise<void> {
  const random = generator(4226)
  const stream = createWriteStream(path)
  stream.write(headOf(listing))
  for (let done = 0; done < rows; done += linesAtOnce) {
    const lines: string[] = []
    for (let index = done; index < Math.min(rows, done + linesAtOnce); index++) {
      lines.push(listing === "proc-net-tcp" ? procRowOf(index, random) : rowOf(listing, random))
    }
    if (!stream.write(`${lines.join("\n")}\n`)) await once(stream, "drain")
  }
  stream.end()
  await once(stream, "close")
}

function headOf(listing: Listing): string {
  if (listing === "ss") {
    return "State      Recv-Q Send-Q  Local Address:Port     Peer Address:Port Process\n"
  }
  if (listing === "netstat-linux") {
    return (
      "Active Internet connections (servers and established)\n" +
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n"
    )
  }
  if (listing === "proc-net-tcp") {
    return "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
  }
  const header = "  Proto  Local Address          Foreign Address        State           PID"
  return `\nActive Connections\n\n${header}\n`
}

function stateOf(random: () => number): readonly string[] {
  let pick = random() * 100
  const state = states.find(([, , , , share]) => {
    pick -= share
    return pick < 0
  })
  return (state ?? states[0] ?? []).map(String)
}

/** One row of net/ipv4/tcp_ipv4.c tcp4_seq_show on a little-endian machine. */
function procRowOf(index: number, random: () => number): string {
  const [, , , code = "01"] = stateOf(random)
  const isListen = code === "0A"
  const below = (bound: number): number => Math.floor(random() * bound)
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, "0")
  const local = isListen ? "00000000" : `05${hex(below(4), 2)}010A`
  const remote = isListen ? "00000000" : `${hex(1 + below(200), 2)}${hex(below(16), 2)}020A`
  const from = hex(isListen ? 1 + below(30_000) : 32_768 + below(28_232), 4)
  const isWaiting = code === "06"
  const timer = isWaiting ? `03:${hex(below(6000), 8)}` : "00:00000000"
  const owner = isWaiting ? "    0        0 0" : ` 1000        0 ${10_000 + index}`
  const rest = isWaiting ? "3 0000000000000000" : "1 0000000000000000 20 4 30 10 -1"
  const ends = `${local}:${from} ${remote}:${isListen ? "0000" : "01BB"}`
  const queues = `00000000:00000000 ${timer} 00000000`
  return `${String(index).padStart(4)}: ${ends} ${code} ${queues} ${owner} ${rest}`.padEnd(149)
}

function rowOf(listing: Listing, random: () => number): string {
  const [ss = "ESTAB", windows = "", linux = ""] = stateOf(random)
  const isListen = ss === "LISTEN"
  const local = isListen ? "0.0.0.0" : `10.1.${Math.floor(random() * 4)}.5`
  const localPort = isListen
    ? 1 + Math.floor(random() * 30_000)
    : 32_768 + Math.floor(random() * 28_232)
  const remote = `10.2.${Math.floor(random() * 16)}.${1 + Math.floor(random() * 200)}:443`
  const from = `${local}:${localPort}`
  if (listing === "ss") {
    const to = isListen ? "0.0.0.0:*" : remote
    const queues = `${"0".padEnd(6)} ${(isListen ? "511" : "0").padEnd(6)}`
    return `${ss.padEnd(10)} ${queues} ${from.padStart(22)} ${to.padStart(21)}`
  }
  if (listing === "netstat-linux") {
    const to = isListen ? "0.0.0.0:*" : remote
    return `tcp        0      0 ${from.padEnd(23)} ${to.padEnd(23)} ${linux.padEnd(11)}`
  }
  const to = isListen ? "0.0.0.0:0" : remote
  const pid = 1000 + Math.floor(random() * 40) * 4
  return `  TCP    ${from.padEnd(22)} ${to.padEnd(22)} ${windows.padEnd(15)} ${pid}`
}
