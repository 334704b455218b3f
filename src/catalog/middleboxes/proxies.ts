/** Programs that stand in the way as proxies or refuse by themselves: HAProxy, Envoy, OpenSSH. */
import type { MiddleboxProfile } from "../../model/profile.ts"

const haproxyManual = "HAProxy configuration manual"

const haproxy: MiddleboxProfile = {
  kind: "middlebox",
  id: "haproxy",
  title: "HAProxy",
  vendor: "HAProxy",
  limits: [
    {
      limit: "target-quota",
      setting: "maxconn (global, frontend, server)",
      per: "process, frontend or server",
      atLimit: "connections wait in the listener's or the server's queue",
      answer: "delay",
      source: haproxyManual,
    },
    {
      limit: "firewall-concurrent",
      setting: "stick-table conn_cur with deny or reject",
      capacity: { value: null, mark: "S", source: `${haproxyManual}: none unless a rule says so` },
      per: "key of the table, usually the source address",
      atLimit: "closed or answered as the rule says",
      answer: "refuse",
      source: haproxyManual,
    },
    {
      limit: "firewall-rate",
      setting: "stick-table conn_rate(t), sess_rate(t) with deny or reject",
      capacity: { value: null, mark: "S", source: `${haproxyManual}: none unless a rule says so` },
      per: "key of the table, usually the source address",
      atLimit: "closed or answered as the rule says",
      answer: "refuse",
      source: haproxyManual,
    },
    {
      limit: "nat-ports",
      setting: "source ports to one server (source, usesrc)",
      per: "source address and server",
      atLimit: "termination flag R",
      answer: "refuse",
      source: haproxyManual,
    },
  ],
  timersSec: {},
  signals: [
    {
      name: "termination flag R",
      meaning: "a resource of the proxy ran out: memory, sockets or source ports",
      source: haproxyManual,
    },
    { name: "termination flag P", meaning: "refused by a limit or rule", source: haproxyManual },
  ],
  notes: ["A proxied connection takes two descriptors."],
}

const envoy: MiddleboxProfile = {
  kind: "middlebox",
  id: "envoy",
  title: "Envoy",
  vendor: "Envoy",
  limits: [
    {
      limit: "target-quota",
      setting: "circuit_breakers.thresholds.max_connections",
      capacity: { value: 1024, mark: "S", source: "Envoy documentation, circuit breaking" },
      per: "upstream cluster and priority",
      atLimit: "requests wait, then overflow: response flag UO",
      answer: "refuse",
      source: "Envoy documentation, circuit breaking; envoy PR 38288",
    },
    {
      limit: "firewall-concurrent",
      setting: "connection_limit filter, max_connections",
      capacity: { value: null, mark: "S", source: "Envoy documentation: none unless configured" },
      per: "filter chain",
      atLimit: "the connection is closed",
      answer: "refuse",
      source: "Envoy documentation, connection limit filter",
    },
    {
      limit: "nat-ports",
      setting: "upstream_bind_config, original_src",
      per: "source address, all upstreams together until IP_BIND_ADDRESS_NO_PORT was set",
      atLimit: "the upstream connect fails at once",
      answer: "refuse",
      source: "envoy issue 44747",
    },
  ],
  timersSec: {},
  signals: [
    {
      name: "upstream_cx_overflow",
      meaning: "max_connections was reached",
      source: "Envoy documentation (name not confirmed)",
    },
    {
      name: "upstream_rq_pending_overflow",
      meaning: "the queue of waiting requests was full",
      source: "Envoy documentation (name not confirmed)",
    },
    { name: "response flag UO", meaning: "overflow", source: "Envoy documentation" },
  ],
  notes: [],
}

const openssh: MiddleboxProfile = {
  kind: "middlebox",
  id: "openssh",
  title: "OpenSSH server",
  vendor: "OpenBSD",
  limits: [
    {
      limit: "target-quota",
      setting: "MaxStartups",
      capacity: {
        value: 100,
        mark: "V",
        source: "sshd_config(5): 10:30:100; scylla-cluster-tests PR 2005",
        note: "from 10 unauthenticated connections on 30 % are refused, rising to all at 100",
      },
      per: "server",
      atLimit: "closed before or at the banner",
      answer: "reset",
      source: "sshd_config(5); NixOS infra issue 352",
    },
  ],
  timersSec: {
    LoginGraceTime: {
      value: 120,
      mark: "S",
      source: "sshd_config(5)",
      note: "how long an unauthenticated connection may hold its place",
    },
  },
  settings: {
    MaxStartups: {
      value: "10:30:100",
      mark: "V",
      source: "sshd_config(5), scylla-cluster-tests PR 2005",
    },
  },
  signals: [
    {
      name: "drop connection #11 ... past MaxStartups",
      meaning: "server log: refused by MaxStartups",
      source: "scylla-cluster-tests PR 2005",
    },
    {
      name: "Exceeded MaxStartups",
      meaning: "newer servers say it in place of the banner",
      source: "NixOS infra issue 352",
    },
  ],
  notes: [],
}

/** HAProxy, Envoy, OpenSSH. */
export const PROXY_PROFILES: readonly MiddleboxProfile[] = [haproxy, envoy, openssh]
