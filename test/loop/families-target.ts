/** Pools of the machine that is connected to, names, and nothing at all. */
import type { Chance, Family, Planted } from "./family.ts"

function server(chance: Chance, listen: string, application: string, settings = "{}"): Planted {
  return {
    text: `
for: 80 s
hosts:
  client: { profile: ${chance.system()} }
  server: { profile: ${chance.linux()}, listen: ${listen}, settings: ${settings} }
paths:
  - { from: client, to: server, rtt: ${chance.rtt()} }
applications:
  - ${application}
`,
    isCaptured: true,
  }
}

function acceptQueue(chance: Chance): Planted {
  const backlog = chance.one([5, 16, 50, 128])
  const accepts = chance.isSo(0.5) ? "never" : `${chance.whole(2, 10)}/s`
  const listen = `{ port: ${chance.port()}, backlog: ${backlog}, accepts: ${accepts} }`
  const application = `{ run: connect, on: client, to: server, rate: ${chance.whole(15, 40)}/s, hold: 60 s, timeout: 20 s }`
  const aborts = chance.isSo(0.3) ? "{ tcp_abort_on_overflow: 1 }" : "{}"
  return server(chance, listen, application, aborts)
}

function synQueue(chance: Chance): Planted {
  const port = chance.port()
  const most = chance.one([16, 64, 128, 256])
  return {
    text: `
for: 80 s
hosts:
  client: { profile: ${chance.system()} }
  attacker: { profile: linux, count: 2 }
  server:
    profile: ${chance.linux()}
    listen: { port: ${port}, backlog: ${most} }
    settings: { tcp_syncookies: 0, tcp_max_syn_backlog: ${most} }
applications:
  - { run: http, on: client, to: server, rate: ${chance.whole(5, 20)}/s, timeout: 10 s }
  - { run: flood, on: attacker, to: server, port: ${port}, rate: ${most}/s, spoofed: true }
`,
    isCaptured: true,
  }
}

function sessions(chance: Chance): Planted {
  const most = chance.one([5, 10, 20])
  const profile = most === 10 ? "xp-sp2" : "win7"
  return {
    text: `
for: 2 min
hosts:
  clients: { profile: 2003-sp2, count: ${most + chance.whole(3, 15)} }
  share: { profile: ${profile}, listen: { port: 445, sessions: ${most} } }
applications:
  - { run: net-use, on: clients, to: share, port: 445, order: round, count: 2, think: 5 s }
`,
    vantage: `clients[${most + 1}]`,
    isCaptured: true,
  }
}

function timeWaitAtTarget(chance: Chance): Planted {
  const ports = chance.whole(100, 220)
  const first = chance.whole(20_000, 50_000)
  return {
    text: `
for: 2 min
hosts:
  client: { profile: linux, count: 2, settings: { tcp_timestamps: 0 } }
  server: { profile: linux, listen: ${chance.port()}, settings: { tcp_timestamps: 0, tcp_rfc1337: 1 } }
middleboxes:
  router:
    nat: { inside: client, ports: ${first}-${first + ports - 1} }
    timers: { TIME_WAIT: 2 s, CLOSE: 2 s, LAST_ACK: 2 s, FIN_WAIT: 2 s, CLOSE_WAIT: 2 s }
paths:
  - { from: client, to: server, rtt: 2 ms, through: router }
applications:
  - { run: http, on: client, to: server, rate: ${chance.whole(2, 5)}/s, close: server, timeout: 10 s }
`,
    vantage: "client[1]",
    isCaptured: true,
  }
}

function quota(chance: Chance): Planted {
  const most = chance.scale(10, 200)
  const by = chance.one(["close", "reset"])
  const per = chance.isSo(0.5) ? "sessions" : "sessionsPerClient"
  const listen = `{ port: ${chance.one([22, 5432, 3306])}, ${per}: ${most}, turnsAwayBy: ${by} }`
  const application = `{ run: connect, on: client, to: server, rate: ${Math.ceil(most / 20)}/s, hold: forever, requests: 1 }`
  return server(chance, listen, application)
}

function refused(chance: Chance): Planted {
  const port = chance.port()
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.one([chance.linux(), "2003-sp2", "win10"])} }
  up: { profile: linux, listen: ${port} }
  down: { profile: linux, count: ${chance.whole(1, 4)}, listen: 22 }
applications:
  - { run: http, name: works, on: client, to: up, rate: 2/s }
  - { run: http, name: fails, on: client, to: down, port: ${port}, rate: ${chance.whole(1, 5)}/s }
`,
    isCaptured: true,
  }
}

function silent(chance: Chance): Planted {
  const port = chance.port()
  return {
    text: `
for: 3 min
hosts:
  client: { profile: ${chance.one([chance.linux(), "2003-sp2", "win10"])} }
  servers: { profile: linux, count: ${chance.whole(5, 20)}, listen: ${port}, dead: ${chance.whole(1, 3)} }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()} }
applications:
  - { run: http, on: client, to: servers, rate: ${chance.whole(1, 4)}/s }
`,
    isCaptured: true,
  }
}

function names(chance: Chance): Planted {
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.one([chance.linux(), "2003-sp2", "win10"])} }
  servers: { profile: linux, count: ${chance.whole(1, 10)}, listen: ${chance.port()} }
applications:
  - { run: http, on: client, to: servers, rate: ${chance.whole(2, 10)}/s, unresolved: ${chance.whole(20, 100)}% }
`,
    isCaptured: true,
  }
}

function nothing(chance: Chance): Planted {
  return {
    text: `
for: 2 min
hosts:
  client: { profile: ${chance.one([chance.linux(), "2003-sp2", "win10"])} }
  servers: { profile: linux, count: ${chance.whole(1, 20)}, listen: ${chance.port()} }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()} }
applications:
  - { run: http, on: client, to: servers, rate: ${chance.whole(1, 20)}/s }
  - { run: streams, on: client, to: servers, count: ${chance.whole(5, 100)}, heartbeat: 20 s }
`,
    isCaptured: true,
  }
}

export const TARGET_FAMILIES: readonly Family[] = [
  { limit: "accept-queue", id: "accept-queue", draw: acceptQueue },
  { limit: "syn-queue", id: "syn-queue", draw: synQueue },
  { limit: "target-sessions", id: "sessions", draw: sessions },
  { limit: "target-time-wait", id: "time-wait-at-target", draw: timeWaitAtTarget },
  { limit: "target-quota", id: "quota", draw: quota },
  { limit: "target-refused", id: "refused", draw: refused },
  { limit: "target-silent", id: "silent", draw: silent },
  { limit: "name-resolution", id: "names", draw: names },
  { limit: "none", id: "nothing", draw: nothing },
]
