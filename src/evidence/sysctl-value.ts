/**
 * One kernel setting, however it was printed (sysctl, /proc/sys, grep): a setting observation under
 * its sysctl name, or a counter where the "setting" is a gauge (nf_conntrack_count, file-nr,
 * kern.openfiles).
 */
import { parsePortRange } from "../model/ports.ts"
import type { SectionContext } from "./reader.ts"

/** Older and shorter names of the same value. */
const sameAs: Readonly<Record<string, string>> = {
  "net.nf_conntrack_max": "net.netfilter.nf_conntrack_max",
  "net.ipv4.ip_conntrack_max": "net.netfilter.nf_conntrack_max",
  "net.ipv4.netfilter.ip_conntrack_max": "net.netfilter.nf_conntrack_max",
  "net.ipv4.netfilter.ip_conntrack_count": "net.netfilter.nf_conntrack_count",
}

/** Gauges among the settings: what they are counted as. */
const gauges: Readonly<Record<string, string>> = {
  "net.netfilter.nf_conntrack_count": "conntrack.count",
  "kern.openfiles": "kern.openfiles",
  "kern.num_files": "kern.num_files",
  "kern.ipc.numopensockets": "kern.ipc.numopensockets",
  "net.inet.tcp.pcbcount": "net.inet.tcp.pcbcount",
  "net.inet.tcp.tw_pcbcount": "net.inet.tcp.tw_pcbcount",
  "fs.inode-nr": "inode-nr.allocated",
}

const valueLengthMax = 65_536

/** Emits what one name and value say. */
export function emitSysctl(context: SectionContext, name: string, text: string): void {
  const at = context.here()
  const canonical = sameAs[name] ?? name
  const value = text.trim().replace(/\s+/g, " ")
  if (value.length > valueLengthMax) {
    context.odd("value-malformed", `${canonical} has ${value.length} characters`)
    return
  }
  if (canonical === "fs.file-nr") {
    emitFileNr(context, value)
    return
  }
  const gauge = gauges[canonical]
  const number = /^-?\d{1,20}$/.test(value) ? Number(value) : undefined
  if (gauge !== undefined) {
    const first = number ?? Number.parseInt(value, 10)
    if (!Number.isFinite(first))
      context.odd("value-malformed", `${canonical} is not a number: ${value}`)
    else context.emit({ kind: "counter", name: gauge, value: first, at })
    return
  }
  if (canonical === "net.ipv4.ip_local_port_range" && parsePortRange(value) === undefined) {
    context.odd("value-malformed", `${canonical} is not a range of ports: ${value.slice(0, 40)}`)
    return
  }
  context.emit({ kind: "setting", name: canonical, value: number ?? value, at })
}

/** "1984 0 9223372036854775807": allocated, free (always 0 since 2.6), maximum. */
function emitFileNr(context: SectionContext, value: string): void {
  const at = context.here()
  const [allocated, free, maximum] = value.split(" ").map(Number)
  if (!isNumber(allocated) || maximum === undefined) {
    context.odd("value-malformed", `fs.file-nr does not hold three numbers: ${value.slice(0, 40)}`)
    return
  }
  context.emit({ kind: "counter", name: "file-nr.allocated", value: allocated, at })
  if (isNumber(free)) {
    context.emit({ kind: "counter", name: "file-nr.free", value: free, at })
  }
  if (isNumber(maximum)) {
    context.emit({ kind: "setting", name: "fs.file-max", value: maximum, at })
  }
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}

/**
 * "/proc/sys/net/ipv4/conf/eth0.5/forwarding" → "net.ipv4.conf.eth0/5.forwarding", as sysctl(8)
 * does.
 */
export function sysctlNameOfPath(path: string): string | undefined {
  const match = /(?:^|\/)proc\/sys\/([\w.:@/-]+?)(?:\.txt)?$/.exec(path)
  const rest = match?.[1]
  if (rest === undefined || !rest.includes("/")) return undefined
  return rest
    .split("/")
    .map((part) => part.replaceAll(".", "/"))
    .join(".")
}
