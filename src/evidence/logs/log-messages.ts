/**
 * Wordings of the log lines that speak of a limit: kernels (Linux 2.2 to 6.18, FreeBSD, OpenBSD, macOS, Solaris) and
 * daemons. Their meanings and sources stand in catalog/events-kernel.ts and catalog/events-daemon.ts under the same
 * source and id. A message counts only where it stands behind a log's head or at the start of a line: a document that
 * quotes it is not evidence.
 */
import { DAEMON_MESSAGES } from "./log-messages-daemon.ts"
import type { Message } from "./message.ts"

const address = String.raw`\[?([0-9a-fA-F.:]+)\]?`

function kernel(
  id: string,
  words: readonly string[],
  pattern: RegExp | string,
  names: readonly string[] = [],
): Message {
  return { source: "kernel", id, words, pattern: new RegExp(pattern), names }
}

/** The longer wording first where one contains another. */
const linux: readonly Message[] = [
  kernel(
    "conntrack-table-full",
    ["table full"],
    String.raw`(?:(?:nf|ip)_conntrack: ?)+table full(?: in netns (\S+?))?[,:]? ?(?:dropping packet|max)`,
    ["netns"],
  ),
  kernel(
    "conntrack-table-full",
    ["entries exceeded"],
    /ip_conntrack: maximum limit of (\d+) entries exceeded/,
    ["#limit"],
  ),
  kernel(
    "syn-flooding",
    ["syn flooding"],
    String.raw`(?:request_sock_(\w+): )?[Pp]ossible SYN flooding on port (?:${address}[:.])?(\d+)\b(?![.:]\d)(?:.*?(Sending cookies|Dropping request))?`,
    ["protocol", "address", "#port", "action"],
  ),
  kernel(
    "syn-flooding",
    ["syn flood"],
    /High TCP connect timeout rate! System \(port (\d+)\) may be under a SYN flood/,
    ["#port"],
  ),
  kernel(
    "syn-dropped",
    ["drop open request"],
    String.raw`(?:TCP(?:v6)?: )?drop open request from ${address}(?:/(\d+))?`,
    ["peer", "#peerPort"],
  ),
  kernel("too-many-orphans", ["orphaned sockets"], /(?:TCP: )?too many (?:of )?orphaned sockets/),
  kernel(
    "tcp-out-of-memory",
    ["tcp_mem", "of socket memory"],
    /(?:TCP: )?out of memory -- consider tuning tcp_mem|(?:TCP: )?[Oo]ut of socket memory/,
  ),
  kernel(
    "time-wait-table-overflow",
    ["bucket table overflow"],
    /(?:TCP: )?time wait bucket table overflow/,
  ),
  kernel("file-max-reached", ["file-max limit"], /VFS: file-max limit (\d+) reached/, ["#limit"]),
  kernel("no-more-sockets", ["no more sockets"], /socket: no more sockets/),
  kernel(
    "neighbour-table-overflow",
    ["table overflow"],
    /(?:neighbour: )?(?:(arp_cache|ndisc_cache|\w+_cache): )?[Nn]eighbou?r table overflow[.!]/,
    ["table"],
  ),
  kernel(
    "route-cache-full",
    ["dst cache overflow", "route cache is full"],
    /(?:ipv[46]: |IPv[46]: )?dst cache overflow|Route cache is full/,
  ),
  kernel("nf-queue-full", ["nf_queue: full"], /nf_queue: full at (\d+) entries, dropping packet/, [
    "#limit",
  ]),
  kernel(
    "hashlimit-table-full",
    ["max count of"],
    /(?:xt_hashlimit: |ip6?t_hashlimit: )max count of (\d+) reached/,
    ["#limit"],
  ),
  kernel(
    "out-of-memory-kill",
    ["killed process", "kill process"],
    /(?:Memory cgroup )?[Oo]ut of memory(?: \([^)]*\))?: Kill(?:ed)? process (\d+),? \(([^)]*)\)/,
    ["#pid", "process"],
  ),
  kernel(
    "out-of-memory-kill",
    ["oom-kill:"],
    /oom-kill:constraint=(\w+).*?(?:,task=([^,]+),pid=(\d+))?(?:,uid=|$)/,
    ["constraint", "process", "#pid"],
  ),
  kernel(
    "messages-suppressed",
    ["callbacks suppressed", "messages suppressed"],
    /(?:(\w[\w. ]{0,60}?): )?(\d{1,12}) (?:callbacks|messages) suppressed/,
    ["of", "#suppressed"],
  ),
]

const bsd: readonly Message[] = [
  kernel(
    "listen-queue-overflow",
    ["listen queue overflow"],
    String.raw`sonewconn: (?:pcb \S+ ?)?(?:\(([0-9a-fA-F.:[\]]+):(\d+) \(proto \d+\)\))?.*?Listen queue overflow: (\d+) already in queue(?: awaiting acceptance)?(?: \((\d+) occurrences\))?`,
    ["address", "#port", "#queued", "#occurrences"],
  ),
  kernel(
    "file-max-reached",
    ["kern.maxfiles", "table is full"],
    /kern\.maxfiles limit exceeded by (?:uid (\d+))?|\bfile: table is full/,
    ["#uid"],
  ),
  kernel(
    "no-more-sockets",
    ["limit reached"],
    /(?:\[zone: [\w ]+\] )?kern\.ipc\.maxsockets limit reached/,
  ),
  kernel(
    "network-buffers-exhausted",
    ["limit reached"],
    /(?:\[zone: [\w ]+\] )?kern\.ipc\.nmb\w+ limit reached|WARNING: mcl(?:pools|usters)? limit reached/,
  ),
  kernel(
    "pf-states-limit",
    ["limit reached"],
    /\[zone: pf states?\] PF states limit reached|pf: states? limit reached/,
  ),
  kernel(
    "pf-fragments-limit",
    ["limit reached"],
    /\[zone: pf frag\w*(?: entries)?\] PF frag\w*(?: entries)? limit reached/,
  ),
  kernel(
    "replies-limited",
    ["packets/sec"],
    /Limiting (.{1,60}?)(?: response)? from (\d+) to (\d+) packets\/sec/,
    ["of", "#wanted", "#limit"],
  ),
  kernel(
    "ipfw-states-limit",
    ["dynamic"],
    /ipfw: (?:.*?[Tt]oo many dynamic rules|.*?[Cc]annot allocate dynamic state)/,
  ),
  kernel(
    "ipfw-source-limit",
    ["too many entries"],
    String.raw`drop session(?: type \d+)? ${address} (\d+) -> ${address} (\d+), \d+ too many entries`,
    ["from", "#fromPort", "to", "#toPort"],
  ),
]

/** Every wording. */
export const LOG_MESSAGES: readonly Message[] = [...linux, ...bsd, ...DAEMON_MESSAGES]
