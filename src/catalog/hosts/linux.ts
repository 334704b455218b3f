/**
 * Linux by kernel version, a profile wherever the behaviour that limits connections changed.
 * Release numbers marked G or S were not all confirmed in the source of that release.
 */
import type { HostProfile } from "../../model/profile.ts"
import {
  LINUX_COMMON,
  LINUX_NOTES,
  LINUX_SETTINGS,
  PORTS_LINUX,
  SYN_LINEAR,
} from "./linux-values.ts"

const ipSysctl = "Linux Documentation/networking/ip-sysctl.rst"

const recycle: HostProfile["settings"] = {
  "net.ipv4.tcp_tw_recycle": {
    value: 0,
    mark: "S",
    source: "ip-sysctl.txt before 4.12",
    allowed: [{ least: 0, most: 1, source: "ip-sysctl.txt before 4.12" }],
    note: "1 on a server breaks clients behind NAT",
  },
}

const before42: HostProfile = {
  ...LINUX_COMMON,
  id: "linux-before-4.2",
  title: "Linux before 4.2",
  versions: "linux < 4.2",
  ephemeral: {
    value: { first: 32768, last: 61000 },
    mark: "G",
    source: "commit 07f4c90062f8 (4.2) moved the end to 60999",
  },
  allocator: {
    value: "hash",
    mark: "G",
    source: "RFC 6056 algorithm 3 without the parity rule",
  },
  settings: {
    ...LINUX_SETTINGS,
    ...recycle,
    "net.ipv4.ip_local_port_range": {
      value: "32768 61000",
      mark: "G",
      source: "commit 07f4c90062f8 (4.2) moved the end to 60999",
    },
  },
  notes: [
    "Before 3.7 tcp_syn_retries is 5 and connect() fails after 63 s; before 3.1 the first timer is " +
      "3 s and it fails after 189 s (general knowledge).",
    "No IP_BIND_ADDRESS_NO_PORT: bind(address, 0) always takes a port for every destination.",
    ...LINUX_NOTES.filter((note) => !note.startsWith("Past half")),
  ],
}

const linux42: HostProfile = {
  ...LINUX_COMMON,
  id: "linux-4.2",
  title: "Linux 4.2 to 4.11",
  versions: "linux >= 4.2 < 4.12",
  ephemeral: PORTS_LINUX,
  allocator: {
    value: "hash-parity",
    mark: "S",
    source: "commit 07f4c90062f8: connect() and bind() start at different parities",
  },
  settings: { ...LINUX_SETTINGS, ...recycle },
  notes: [
    "IP_BIND_ADDRESS_NO_PORT exists from here on (man page).",
    "Parity came with 4.2, the whole scan of one parity before the other with 4.6 (general " +
      "knowledge).",
    ...LINUX_NOTES,
  ],
}

const linux412: HostProfile = {
  ...linux42,
  id: "linux-4.12",
  title: "Linux 4.12 to 4.18",
  versions: "linux >= 4.12 < 4.19",
  settings: LINUX_SETTINGS,
  notes: ["tcp_tw_recycle is gone (commit 4396e46187ca).", ...LINUX_NOTES],
}

const linux419: HostProfile = {
  ...linux412,
  id: "linux-4.19",
  title: "Linux 4.19 to 5.3",
  versions: "linux >= 4.19 < 5.4",
  settings: {
    ...LINUX_SETTINGS,
    "net.ipv4.tcp_tw_reuse": {
      value: 2,
      mark: "V",
      source: `${ipSysctl}; commit 79e9fed46038`,
      allowed: [{ least: 0, most: 2, source: ipSysctl }],
      note:
        "0 off, 1 all, 2 loopback only (127/8, ::1, lo; not the host's own LAN address); needs " +
        "timestamps at both ends and one to two seconds in TIME-WAIT",
    },
  },
  notes: [
    "tcp_tw_reuse=2 came here by its commit of June 2018; 5.8 is named too.",
    "IP_BIND_ADDRESS_NO_PORT (4.2) shares ports between destinations.",
    ...LINUX_NOTES,
  ],
}

const linux54: HostProfile = {
  ...linux419,
  id: "linux-5.4",
  title: "Linux 5.4 to 5.14",
  versions: "linux >= 5.4 < 5.15",
  settings: {
    ...linux419.settings,
    "net.core.somaxconn": {
      value: 4096,
      mark: "V",
      source: `${ipSysctl}; Linux 6.12 __sys_listen_socket`,
      note: "128 before 5.4; read at listen(): raising it needs a new listen()",
    },
    "net.ipv4.ip_autobind_reuse": {
      value: 0,
      mark: "S",
      source: ipSysctl,
      allowed: [{ least: 0, most: 1, source: ipSysctl }],
      note: "since about 5.7: bind(0) may share ports between SO_REUSEADDR sockets",
    },
  },
  notes: ["IP_BIND_ADDRESS_NO_PORT (4.2) shares ports between destinations.", ...LINUX_NOTES],
}

const linux515: HostProfile = {
  ...linux54,
  id: "linux-5.15",
  title: "Linux 5.15 to 6.0",
  versions: "linux >= 5.15 < 6.1",
  allocator: {
    value: "double-hash-parity",
    mark: "S",
    source: "Linux 6.12 __inet_hash_connect (RFC 6056 algorithm 4)",
    note:
      "since about 5.12; the perturbation table grew from 256 to 65,536 entries with 5.18 and " +
      "stable updates (general knowledge)",
  },
}

const linux61: HostProfile = {
  ...linux515,
  id: "linux-6.1",
  title: "Linux 6.1 and 6.2",
  versions: "linux >= 6.1 < 6.3",
  notes: [
    "bind() looks conflicts up by address and port, and a namespace may have its own " +
      "established hash (tcp_child_ehash_entries), from about here on (general knowledge).",
    ...linux54.notes,
  ],
}

const linux63: HostProfile = {
  ...linux61,
  id: "linux-6.3",
  title: "Linux 6.3 and 6.4",
  versions: "linux >= 6.3 < 6.5",
  notes: [
    "IP_LOCAL_PORT_RANGE narrows the range for one socket; its scan knows no parity (measured on " +
      "6.18.44; the release is not confirmed).",
    ...linux54.notes,
  ],
}

const linux65: HostProfile = {
  ...linux63,
  id: "linux-6.5",
  title: "Linux 6.5 to 6.7",
  versions: "linux >= 6.5 < 6.8",
  synSchedule: SYN_LINEAR,
  settings: {
    ...linux63.settings,
    "net.ipv4.tcp_syn_linear_timeouts": {
      value: 4,
      mark: "V",
      source: `${ipSysctl}; measured on 6.18.44`,
      allowed: [{ least: 0, most: 127, source: "Linux 6.12 sysctl_net_ipv4.c" }],
      note: "one second each before doubling begins",
    },
  },
}

const linux68: HostProfile = {
  ...linux65,
  id: "linux-6.8",
  title: "Linux 6.8 to 6.11",
  versions: "linux >= 6.8 < 6.12",
  notes: [
    "inet_diag shows bound sockets that are not connected (state bit 13); /proc/net/tcp never does.",
    ...linux63.notes,
  ],
}

const linux612: HostProfile = {
  ...linux68,
  id: "linux-6.12",
  title: "Linux 6.12 and 6.13",
  versions: "linux >= 6.12 < 6.14",
  allocator: {
    value: "double-hash-parity",
    mark: "V",
    source: "Linux 6.12 __inet_hash_connect; measured on 6.18.44",
    note: "after success the cursor moves 2 to 16 ports on; mean 8.98 measured",
  },
  notes: ["The version whose source these profiles were read in.", ...linux68.notes],
}

const linux614: HostProfile = {
  ...linux612,
  id: "linux-6.14",
  title: "Linux 6.14",
  versions: "linux >= 6.14 < 6.15",
  settings: {
    ...linux612.settings,
    "net.ipv4.tcp_tw_reuse_delay": {
      value: 1000,
      mark: "V",
      source: "netdev patch by J. Sitnicki; measured on 6.18.44",
      allowed: [{ least: 1, most: 60_000, source: "netdev patch by J. Sitnicki" }],
      note: "ms in TIME-WAIT before tcp_tw_reuse may take the port; the release is not confirmed",
    },
  },
  notes: linux68.notes,
}

const linux615: HostProfile = {
  ...linux614,
  id: "linux-6.15",
  title: "Linux 6.15 to 6.17",
  versions: "linux >= 6.15 < 6.18",
  settings: {
    ...linux614.settings,
    "net.ipv4.tcp_rto_max_ms": {
      value: 120_000,
      mark: "S",
      source: `${ipSysctl}; present in 6.18.44`,
      allowed: [{ least: 1000, most: 120_000, source: ipSysctl }],
      note: "the release is not confirmed",
    },
  },
  notes: [
    "connect() scans busy ports without locks; the cliff past half of the ports is smaller, not " +
      "gone (the release is not confirmed).",
    ...linux68.notes,
  ],
}

/** In the order of their release; together they cover every version. */
export const LINUX_PROFILES: readonly HostProfile[] = [
  before42,
  linux42,
  linux412,
  linux419,
  linux54,
  linux515,
  linux61,
  linux63,
  linux65,
  linux68,
  linux612,
  linux614,
  linux615,
  {
    ...linux615,
    id: "linux-6.18",
    title: "Linux 6.18 and later",
    versions: "linux >= 6.18",
    notes: [
      "The version these profiles were measured on (6.18.44).",
      "A port is shared by connect() again once the sockets that blocked it are gone; before, one " +
        "explicit bind() kept it until every socket on the port was gone.",
      "The log line of a full conntrack table names the namespace.",
      "net.ipv4.ip_local_port_step_width was merged in March 2026 for a later release: a random " +
        "step through the range, off unless set.",
      ...linux68.notes,
    ],
  },
]
