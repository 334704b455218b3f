/**
 * The settings that decide TCP's limits on Linux, read from /proc/sys one by one
 * (Documentation/networking/ ip-sysctl.rst, nf_conntrack-sysctl.rst; facts linux-and-clouds 1 to
 * 4).
 */
import { readdirSync } from "node:fs"
import { sysctlText } from "./counters.ts"
import type { HostText } from "./text-source.ts"

const ipv4 = `
  ip_local_port_range ip_local_reserved_ports ip_unprivileged_port_start ip_nonlocal_bind
  ip_autobind_reuse ip_forward icmp_ratelimit icmp_ratemask
  tcp_tw_reuse tcp_tw_reuse_delay tcp_tw_recycle tcp_max_tw_buckets tcp_fin_timeout tcp_timestamps
  tcp_syn_retries tcp_syn_linear_timeouts tcp_synack_retries tcp_retries1 tcp_retries2
  tcp_orphan_retries tcp_rto_min_us tcp_rto_max_ms tcp_keepalive_time tcp_keepalive_intvl
  tcp_keepalive_probes tcp_max_orphans tcp_mem tcp_rmem tcp_wmem tcp_max_syn_backlog
  tcp_syncookies tcp_abort_on_overflow tcp_challenge_ack_limit tcp_invalid_ratelimit
  tcp_mtu_probing tcp_base_mss tcp_min_snd_mss ip_no_pmtu_disc tcp_rfc1337 tcp_ehash_entries
  tcp_child_ehash_entries tcp_migrate_req tcp_fwmark_accept tcp_l3mdev_accept tcp_ecn tcp_sack
  neigh.default.gc_thresh1 neigh.default.gc_thresh2 neigh.default.gc_thresh3
  conf.all.rp_filter conf.default.rp_filter`
const core = "somaxconn netdev_max_backlog rmem_max wmem_max optmem_max"
const ipv6 = `ip_nonlocal_bind neigh.default.gc_thresh3 conf.all.disable_ipv6`
const fs = "file-max nr_open"
const kernel = "threads-max pid_max osrelease dmesg_restrict"
const netfilter = "nf_conntrack_max nf_conntrack_buckets"

const fixedNames = [
  ...named("net.ipv4.", ipv4),
  ...named("net.ipv6.", ipv6),
  ...named("net.core.", core),
  ...named("net.netfilter.", netfilter),
  "net.nf_conntrack_max",
  ...named("fs.", fs),
  ...named("kernel.", kernel),
  "vm.max_map_count",
]

/** Settings of this thread's network namespace and of the host, as `sysctl -a` prints them. */
export function settingsText(): HostText {
  return sysctlText("sysctl.txt", [...fixedNames, ...conntrackNames()])
}

/** Conntrack's switches and TCP timeouts; their number depends on the kernel. */
function conntrackNames(): readonly string[] {
  try {
    return readdirSync("/proc/sys/net/netfilter")
      .filter((name) => /^nf_conntrack_(tcp_|generic_timeout|acct|events|checksum|log)/.test(name))
      .sort()
      .map((name) => `net.netfilter.${name}`)
  } catch {
    return []
  }
}

function named(prefix: string, names: string): readonly string[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => `${prefix}${name}`)
}
