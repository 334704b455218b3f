/**
 * What a Unix machine says of itself: `uname -a`, `ip addr` or `ifconfig`, `sysctl -a` with what was set over what its
 * system has, and the limits of its programs (/proc/PID/limits). A value whose default depends on the machine's memory
 * is left out.
 */
import type { BoxRecord, HostRecord } from "../engine/simulated-run.ts"
import type { TextFile } from "./content.ts"
import { computerName, linuxRelease, ProcessIds } from "./host-names.ts"

const linuxKeys = /^(?:net|fs|kernel|vm)\./
const bsdKeys = /^(?:net|kern|vm)\./
const plainValue = /^[\d\s,-]*$/

export function unixSettings(host: HostRecord, boxes: readonly BoxRecord[]): readonly TextFile[] {
  const isLinux = host.profile.family === "linux"
  const files: TextFile[] = [
    { path: "uname.txt", lines: [unameOf(host)] },
    isLinux
      ? { path: "ip-addr.txt", lines: ipAddr(host) }
      : { path: "ifconfig.txt", lines: ifconfig(host) },
    { path: "sysctl.txt", lines: isLinux ? linuxSysctls(host, boxes) : bsdSysctls(host) },
  ]
  return [...files, ...limits(host)]
}

/** The sysctls of a Linux router that is no host of the run. */
export function routerSettings(box: BoxRecord): readonly TextFile[] {
  const lines = [`kernel.hostname = ${computerName(box.name)}`, ...conntrackMax([box])]
  return [{ path: "sysctl.txt", lines }]
}

function unameOf(host: HostRecord): string {
  const name = computerName(host.name)
  switch (host.profile.family) {
    case "macos":
      return `Darwin ${name} 23.5.0 Darwin Kernel Version 23.5.0 arm64`
    case "freebsd":
      return `FreeBSD ${name} 14.1-RELEASE FreeBSD 14.1-RELEASE GENERIC amd64`
    default:
      return `Linux ${name} ${linuxRelease(host.profile)}.0 #1 SMP x86_64 GNU/Linux`
  }
}

function ipAddr({ address }: HostRecord): readonly string[] {
  const family = address.includes(":") ? "inet6" : "inet"
  const prefix = family === "inet6" ? 64 : 24
  return [
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000",
    "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
    "    inet 127.0.0.1/8 scope host lo",
    "       valid_lft forever preferred_lft forever",
    "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000",
    "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff",
    `    ${family} ${address}/${prefix} scope global eth0`,
    "       valid_lft forever preferred_lft forever",
  ]
}

function ifconfig({ address, profile }: HostRecord): readonly string[] {
  const isIpv6 = address.includes(":")
  const line = isIpv6
    ? `\tinet6 ${address} prefixlen 64`
    : `\tinet ${address} netmask 0xffffff00 broadcast ${address.replace(/\d+$/, "255")}`
  const name = profile.family === "macos" ? "en0" : "em0"
  return [
    "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384",
    "\tinet 127.0.0.1 netmask 0xff000000",
    `${name}: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500`,
    "\tether 02:00:00:00:00:01",
    line,
  ]
}

/** What was set, over what the profile has. */
function valuesOf(host: HostRecord, keys: RegExp): readonly (readonly [string, string])[] {
  const values = new Map<string, string>()
  for (const [name, { value }] of Object.entries(host.profile.settings)) {
    if (plainValue.test(String(value))) values.set(name, String(value))
  }
  for (const [name, value] of Object.entries(host.settings)) values.set(name, String(value))
  return [...values].filter(([name]) => keys.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
}

function linuxSysctls(host: HostRecord, boxes: readonly BoxRecord[]): readonly string[] {
  return [
    `kernel.hostname = ${computerName(host.name)}`,
    `kernel.osrelease = ${linuxRelease(host.profile)}.0`,
    "kernel.ostype = Linux",
    ...valuesOf(host, linuxKeys).map(([name, value]) => `${name} = ${portRange(name, value)}`),
    ...conntrackMax(boxes),
  ]
}

/** The kernel puts a tab between the two ports. */
function portRange(name: string, value: string): string {
  return name === "net.ipv4.ip_local_port_range" ? value.replace(/[\s-]+/, "\t") : value
}

function conntrackMax(boxes: readonly BoxRecord[]): readonly string[] {
  return boxes
    .slice(0, 1)
    .flatMap(({ flowsMax }) =>
      flowsMax === undefined ? [] : [`net.netfilter.nf_conntrack_max = ${flowsMax}`],
    )
}

function bsdSysctls(host: HostRecord): readonly string[] {
  const identity =
    host.profile.family === "macos"
      ? ["kern.ostype: Darwin", "kern.osproductversion: 14.5", "kern.osrelease: 23.5.0"]
      : ["kern.ostype: FreeBSD", "kern.osrelease: 14.1-RELEASE"]
  return [
    ...identity,
    `kern.hostname: ${computerName(host.name)}`,
    ...valuesOf(host, bsdKeys).map(([name, value]) => `${name}: ${value}`),
  ]
}

/** One file for each program whose descriptors are bounded. */
function limits(host: HostRecord): readonly TextFile[] {
  const { descriptors, profile } = host
  if (descriptors === undefined || profile.family !== "linux") return []
  const cell = String(descriptors).padEnd(20)
  return [...new ProcessIds(host).names().values()].map((pid) => ({
    path: `proc/${pid}/limits`,
    lines: [
      "Limit                     Soft Limit           Hard Limit           Units     ",
      "Max cpu time              unlimited            unlimited            seconds   ",
      "Max processes             96365                96365                processes ",
      `Max open files            ${cell} ${cell} files     `,
    ],
  }))
}
