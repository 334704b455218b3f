/** Wordings of daemons whose own limit refused a connection; see log-messages.ts. */
import type { Message } from "./message.ts"

const peer = String.raw`\[?([0-9a-fA-F.:]+)\]?`

function daemon(
  source: string,
  id: string,
  words: readonly string[],
  pattern: RegExp | string,
  names: readonly string[] = [],
): Message {
  return { source, id, words, pattern: new RegExp(pattern), names }
}

const sshd: readonly Message[] = [
  daemon(
    "sshd",
    "sshd-max-startups",
    ["maxstartups"],
    String.raw`drop connection #(\d+) from \[([^\]]+)\]:(\d+) on \[([^\]]+)\]:(\d+) past (?:PerSource)?MaxStartups`,
    ["#number", "peer", "#peerPort", "address", "#port"],
  ),
  daemon(
    "sshd",
    "sshd-max-startups",
    ["maxstartups"],
    /(?:error: )?beginning MaxStartups throttling|exited MaxStartups throttling after (?:.*?), (\d+) connections dropped/,
    ["#dropped"],
  ),
  daemon(
    "sshd",
    "sshd-penalty",
    ["penalty"],
    String.raw`drop connection #(\d+) from \[([^\]]+)\]:(\d+) on \[([^\]]+)\]:(\d+) penalty: (.+)`,
    ["#number", "peer", "#peerPort", "address", "#port", "reason"],
  ),
]

const superServers: readonly Message[] = [
  daemon(
    "systemd",
    "socket-unit-full",
    ["too many incoming connections"],
    String.raw`(?:([\w@\\.:-]+\.socket): )?Too many incoming connections \((\d+)\)(?: from source ${peer})?`,
    ["unit", "#limit", "from"],
  ),
  daemon(
    "xinetd",
    "xinetd-limit",
    ["limit from="],
    String.raw`FAIL: (\S+) (per_source_limit|service_limit|connections_per_second|load) from=${peer}`,
    ["service", "reason", "from"],
  ),
  daemon(
    "xinetd",
    "xinetd-paused",
    ["excessive incoming connections"],
    /Deactivating service (\S+) due to excessive incoming connections/,
    ["service"],
  ),
  daemon(
    "inetd",
    "inetd-looping",
    ["server failing"],
    /(\S+)\/(?:tcp|udp) server failing \(looping\)/,
    ["service"],
  ),
]

const servers: readonly Message[] = [
  daemon(
    "postfix",
    "postfix-connection-limit",
    ["connection concurrency limit"],
    String.raw`Connection concurrency limit exceeded: (\d+) from [^[\s]*\[${peer}\] for service (\S+)`,
    ["#used", "from", "service"],
  ),
  daemon(
    "postfix",
    "postfix-rate-limit",
    ["connection rate limit"],
    String.raw`Connection rate limit exceeded: (\d+) from [^[\s]*\[${peer}\] for service (\S+)`,
    ["#used", "from", "service"],
  ),
  daemon(
    "dovecot",
    "dovecot-limit",
    ["connections are being dropped"],
    /service\(([\w-]+)\): (?:process_limit|client_limit)\S* (?:\((\d+)\) )?reached, client connections are being dropped/,
    ["service", "#limit"],
  ),
  daemon(
    "dovecot",
    "dovecot-user-limit",
    ["maximum number of connections from user"],
    /Maximum number of connections from user\+IP exceeded \(mail_max_userip_connections=(\d+)\)/,
    ["#limit"],
  ),
  daemon(
    "nginx",
    "nginx-worker-connections",
    ["worker_connections"],
    /(?:\*\d+ )?(\d+) worker_connections are not enough/,
    ["#limit"],
  ),
  daemon(
    "apache",
    "apache-workers",
    ["server reached max"],
    /(?:AH\d+: )?server reached Max(?:RequestWorkers|Clients)(?: setting)?/,
  ),
  daemon(
    "apache",
    "apache-scoreboard-full",
    ["scoreboard is full"],
    /(?:AH\d+: )?scoreboard is full/,
  ),
  daemon(
    "named",
    "named-tcp-clients",
    ["no more tcp clients", "tcp connection failed"],
    /no more TCP clients(?:\(accept\))?: quota reached|Accepting TCP connection failed: (?:socket: )?quota reached/,
  ),
  daemon(
    "rsyslogd",
    "rsyslog-sessions",
    ["too many tcp sessions"],
    /too many tcp sessions - dropping incoming request/,
  ),
]

export const DAEMON_MESSAGES: readonly Message[] = [...sshd, ...superServers, ...servers]
