/** Pools of the machine that connects. */
import type { Chance, Family, Planted } from "./family.ts"

/** Ports that TIME-WAIT holds: so many a second that the range is gone in some 40 s. */
function portsByTimeWait(chance: Chance): Planted {
  const profile = chance.one([
    "nt-4.0",
    "win2000",
    "2003-sp1",
    "linux",
    "linux-5.15",
    "win10",
    "freebsd",
  ])
  const isLinux = profile.startsWith("linux")
  const ports = chance.scale(300, 6000)
  const first = chance.whole(20_000, 50_000)
  const settings: Readonly<Record<string, string>> = {
    win10: `dynamicport.ipv4.tcp.start: ${first}, dynamicport.ipv4.tcp.num: ${ports}, ports.tries: all`,
    freebsd: `net.inet.ip.portrange.first: ${first}, net.inet.ip.portrange.last: ${first + ports - 1}`,
  }
  const own = isLinux
    ? `ip_local_port_range: ${first} ${first + ports - 1}`
    : (settings[profile] ?? "")
  const size = isLinux || settings[profile] !== undefined ? ports : 3976
  const rate = Math.max(20, Math.round(size / chance.whole(20, 45)))
  return {
    text: `
for: 100 s
hosts:
  client: { profile: ${profile}, settings: { ${own} } }
  server: { profile: ${chance.linux()}, listen: ${chance.port()} }
paths:
  - { from: client, to: server, rtt: ${chance.rtt()} }
applications:
  - { run: http, on: client, to: server, rate: ${rate}/s }
`,
  }
}

/** Ports that open connections hold. */
function portsByConnections(chance: Chance): Planted {
  const ports = chance.scale(200, 4000)
  const first = chance.whole(20_000, 50_000)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.linux()}, settings: { ip_local_port_range: ${first} ${first + ports - 1} } }
  server: { profile: ${chance.linux()}, listen: ${chance.port()} }
applications:
  - { run: streams, on: client, to: server, rate: ${Math.ceil(ports / 30)}/s, count: ${ports * 2}, heartbeat: 20 s }
`,
  }
}

function portsOfBind(chance: Chance): Planted {
  const ports = chance.scale(200, 2000)
  const first = chance.whole(20_000, 50_000)
  return {
    text: `
for: 60 s
hosts:
  client:
    profile: ${chance.linux()}
    settings: { ports.bind: first, ip_local_port_range: ${first} ${first + ports - 1} }
  server: { profile: ${chance.linux()}, count: ${chance.whole(3, 20)}, listen: ${chance.port()} }
applications:
  - { run: connect, on: client, to: server, rate: ${Math.ceil(ports / 25)}/s, hold: 5 min }
`,
  }
}

function collision(chance: Chance): Planted {
  const rate = chance.whole(34, 60)
  const settings = chance.isSo(0.3) ? "{ TcpTimedWaitDelay: 240 }" : "{}"
  return {
    text: `
for: ${chance.whole(150, 240)} s
hosts:
  client: { profile: 2003-rtm, settings: ${settings} }
  server: { profile: 2003-rtm, listen: ${chance.port()} }
applications:
  - { run: connect, name: own, on: client, to: server, rate: ${Math.round(rate / 2)}/s }
  - { run: connect, name: theirs, on: client, to: server, rate: ${Math.round(rate / 2)}/s, close: server }
`,
  }
}

function timeWaitTable(chance: Chance): Planted {
  const most = chance.scale(100, 5000)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.linux()}, settings: { tcp_max_tw_buckets: ${most} } }
  server: { profile: ${chance.linux()}, listen: ${chance.port()} }
applications:
  - { run: http, on: client, to: server, rate: ${Math.ceil(most / chance.whole(10, 25))}/s }
`,
  }
}

function embryonic(chance: Chance): Planted {
  const count = chance.whole(60, 250)
  const dead = chance.whole(Math.ceil(count / 4), Math.ceil(count / 2))
  const profile = chance.one(["xp-sp2", "xp-sp3", "vista-rtm"])
  const isSweep = chance.isSo(0.5)
  const application = isSweep
    ? `{ run: sweep, on: client, to: targets, threads: ${chance.whole(25, 80)}, hold: 30 s }`
    : `{ run: http, on: client, to: targets, rate: ${chance.whole(3, 8)}/s, order: random, timeout: 30 s }`
  return {
    text: `
for: 4 min
hosts:
  client: { profile: ${profile} }
  targets: { profile: 2003-sp2, count: ${count}, listen: ${isSweep ? "[445, 139]" : 80}, dead: ${dead} }
applications:
  - ${application}
`,
  }
}

function controlBlocks(chance: Chance): Planted {
  const isUtilities = chance.isSo(0.3)
  const settings = isUtilities ? "{ TCPCONNECTIONS: 13 }" : "{ TCPCONNECTIONS: 7 }"
  const most = isUtilities ? 13 : 7
  return {
    text: `
for: 3 min
hosts:
  dos: { profile: ${chance.one(["lanman-2.1", "lanman-2.1a", "lanman-2.2"])}, settings: ${settings} }
  server: { profile: nt-4.0, count: ${chance.whole(3, 12)}, listen: 139 }
applications:
  - { run: net-use, on: dos, to: server, port: 139, order: round, count: ${most + chance.whole(3, 12)}, think: 2 s }
`,
  }
}

function descriptors(chance: Chance): Planted {
  const most = chance.one([64, 128, 256, 512, 1024])
  const profile = chance.one([chance.linux(), "freebsd", "2003-sp2"])
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${profile}, descriptors: ${most} }
  server: { profile: linux, count: ${chance.whole(1, 5)}, listen: ${chance.port()} }
applications:
  - { run: connect, on: client, to: server, rate: ${Math.ceil(most / 20)}/s, hold: 10 min }
`,
  }
}

function orphans(chance: Chance): Planted {
  const most = chance.scale(50, 1000)
  const rate = Math.ceil(most / 10)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.linux()}, settings: { tcp_max_orphans: ${most} } }
  server: { profile: linux, listen: ${chance.port()} }
paths:
  - { from: client, to: server, rtt: 2 ms, down: 20 s..60 s }
applications:
  - { run: connect, on: client, to: server, rate: ${rate}/s, stop: 19 s, hold: 15 s }
`,
  }
}

function leak(chance: Chance): Planted {
  const rate = chance.whole(3, 20)
  return {
    text: `
for: 100 s
hosts:
  client: { profile: ${chance.linux()} }
  peers: { profile: linux, count: ${chance.whole(1, 4)}, listen: { port: ${chance.port()}, onClientClose: leaks } }
applications:
  - { run: http, on: client, to: peers, rate: ${rate}/s }
`,
    vantage: "peers",
  }
}

function localConntrack(chance: Chance): Planted {
  const most = chance.scale(200, 4000)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.linux()} }
  servers: { profile: linux, count: ${chance.whole(1, 6)}, listen: ${chance.port()} }
middleboxes:
  own: { at: client, flowsMax: ${most} }
applications:
  - { run: connect, on: client, to: servers, rate: ${Math.ceil(most / 20)}/s, hold: 10 min, timeout: 10 s }
`,
  }
}

function localRules(chance: Chance): Planted {
  const answer = chance.one(["drop", "reset", "icmp"])
  const rule = chance.isSo(0.5)
    ? `{ count: ${chance.whole(20, 200)}, answer: ${answer} }`
    : `{ rate: ${chance.whole(2, 10)}/s, burst: 10, answer: ${answer} }`
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.linux()} }
  servers: { profile: linux, count: ${chance.whole(1, 6)}, listen: ${chance.port()} }
middleboxes:
  own: { at: client, rules: [${rule}] }
applications:
  - { run: connect, on: client, to: servers, rate: ${chance.whole(15, 40)}/s, hold: 10 min, timeout: 10 s }
`,
  }
}

export const CLIENT_FAMILIES: readonly Family[] = [
  { limit: "ephemeral-ports", id: "ports-time-wait", draw: portsByTimeWait },
  { limit: "ephemeral-ports", id: "ports-connections", draw: portsByConnections },
  { limit: "local-bind-ports", id: "bind-ports", draw: portsOfBind },
  { limit: "time-wait-collision", id: "collision", draw: collision },
  { limit: "time-wait-table", id: "time-wait-table", draw: timeWaitTable },
  { limit: "embryonic-outbound", id: "embryonic", draw: embryonic },
  { limit: "tcb-table", id: "control-blocks", draw: controlBlocks },
  { limit: "file-descriptors", id: "descriptors", draw: descriptors },
  { limit: "orphans", id: "orphans", draw: orphans },
  { limit: "application-leak", id: "leak", draw: leak },
  { limit: "local-conntrack", id: "local-conntrack", draw: localConntrack },
  { limit: "local-firewall", id: "local-rules", draw: localRules },
]
