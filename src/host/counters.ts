/**
 * The counters of one moment: /proc/net/{netstat,snmp,snmp6,sockstat,sockstat6}, conntrack's
 * per-CPU statistics and count, file-nr. All are small; the whole reading costs about a
 * millisecond. The files of /proc/net and /proc/sys/net follow the calling thread's network
 * namespace, so reading is synchronous.
 */
import { type HostText, readSmall, threadNet } from "./text-source.ts"

const files = ["netstat", "snmp", "snmp6", "sockstat", "sockstat6", "stat/nf_conntrack"]
/** Values under /proc/sys that move. */
const gauges = ["net.netfilter.nf_conntrack_count", "fs.file-nr"]

/** The counters of this thread's network namespace, now. */
export function counterTexts(): readonly HostText[] {
  const texts: HostText[] = []
  for (const file of files) {
    const text = readSmall(`${threadNet}/${file}`)
    if (text === undefined) continue
    const name = `proc-net-${file.replace("stat/", "stat-")}.txt`
    texts.push({ name, source: `/proc/net/${file}`, text })
  }
  const moving = sysctlText("sysctl-counts.txt", gauges)
  return moving.text === "" ? texts : [...texts, moving]
}

/** These settings as `sysctl -a` prints them; those that are not there are left out. */
export function sysctlText(name: string, settings: readonly string[]): HostText {
  const lines: string[] = []
  const lineSources: string[] = []
  for (const setting of settings) {
    // A sysctl's dots are slashes; in an interface name it is the other way round, which is not
    // asked for.
    const path = `/proc/sys/${setting.replaceAll(".", "/")}`
    const value = readSmall(path)
    if (value === undefined) continue
    lines.push(`${setting} = ${value.trim().replaceAll("\n", " ")}`)
    lineSources.push(path)
  }
  const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`
  return { name, source: "sysctl", text, lineSources }
}
