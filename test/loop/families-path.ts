/** Pools of what stands between, and the path's other faults. */
import type { Chance, Family, Planted } from "./family.ts"

const firewalls = ["isa-2004", "isa-2006", "tmg-2010"] as const

function managed(chance: Chance, box: string, application: string, count: number): Planted {
  const profile = chance.one(["2003-sp1", "2003-sp2", "2008r2", "xp-rtm"])
  return {
    text: `
for: 4 min
hosts:
  mgmt01: { profile: ${profile}, address: 10.1.1.5 }
  targets: { profile: 2003-sp2, count: ${count}, listen: [445, 139] }
middleboxes:
  isa: ${box}
paths:
  - { from: mgmt01, to: targets, rtt: ${chance.rtt()}, through: isa }
applications:
  - ${application}
`,
    isCaptured: true,
  }
}

function concurrent(chance: Chance): Planted {
  const most = chance.scale(40, 300)
  const box = `{ profile: ${chance.one(firewalls)}, limits: { firewall-concurrent: ${most}, firewall-rate: none } }`
  const count = most + chance.whole(60, 300)
  const rate = chance.whole(5, 20)
  const application = `{ run: connect, on: mgmt01, to: targets, port: 445, order: once, rate: ${rate}/s, hold: forever, requests: 1 }`
  return managed(chance, box, application, count)
}

function concurrentOfRules(chance: Chance): Planted {
  const most = chance.scale(30, 400)
  const answer = chance.one(["drop", "reset"])
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(1, 30)}, listen: ${chance.port()} }
middleboxes:
  router: { rules: [{ count: ${most}, per: ${chance.one(["source", "rule"])}, answer: ${answer} }] }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, through: router }
applications:
  - { run: connect, on: client, to: servers, rate: ${chance.whole(10, 30)}/s, hold: forever, timeout: 20 s }
`,
    isCaptured: true,
  }
}

function rate(chance: Chance): Planted {
  const most = chance.scale(60, 900)
  const box = `{ profile: ${chance.one(firewalls)}, limits: { firewall-concurrent: none, firewall-embryonic: none, firewall-rate: ${most}/min } }`
  const perSec = Math.max(3, Math.round((most / 60) * (1.5 + chance.whole(0, 20) / 10)))
  const application = `{ run: connect, on: mgmt01, to: targets, port: 445, rate: ${perSec}/s, hold: 1 s, requests: 1 }`
  return managed(chance, box, application, 200)
}

function rateOfRules(chance: Chance): Planted {
  const most = chance.whole(3, 15)
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(1, 30)}, listen: ${chance.port()} }
middleboxes:
  router: { rules: [{ rate: ${most}/s, burst: ${chance.whole(1, 20)}, answer: ${chance.one(["drop", "reset"])} }] }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, through: router }
applications:
  - { run: http, on: client, to: servers, rate: ${most * 3}/s, timeout: 20 s }
`,
    isCaptured: true,
  }
}

function embryonicAtFirewall(chance: Chance): Planted {
  const most = chance.whole(20, 80)
  const box = `{ profile: ${chance.one(firewalls)}, limits: { firewall-concurrent: none, firewall-rate: none, firewall-embryonic: ${most} } }`
  const count = chance.whole(300, 600)
  const dead = Math.round(count * (chance.whole(50, 70) / 100))
  const application = `{ run: connect, on: mgmt01, to: targets, port: 445, order: once, rate: ${chance.whole(10, 20)}/s, hold: 1 s, requests: 1 }`
  const planted = managed(chance, box, application, count)
  return {
    ...planted,
    text: planted.text.replace("listen: [445, 139] }", `listen: [445, 139], dead: ${dead} }`),
  }
}

function policy(chance: Chance): Planted {
  const port = chance.port()
  const answer = chance.one(["drop", "reset", "icmp"])
  const code = answer === "icmp" ? ", icmpCode: 13" : ""
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  open: { profile: linux, count: 3, listen: ${port} }
  closed: { profile: linux, count: 3, listen: ${port} }
middleboxes:
  router: { rules: [{ deny: all, to: closed, answer: ${answer}${code} }] }
paths:
  - { from: client, to: "*", rtt: ${chance.rtt()}, through: router }
applications:
  - { run: http, name: works, on: client, to: open, rate: ${chance.whole(1, 5)}/s }
  - { run: http, name: fails, on: client, to: closed, rate: ${chance.whole(1, 5)}/s, timeout: 30 s }
`,
    isCaptured: true,
  }
}

function idle(chance: Chance): Planted {
  const patience = chance.whole(30, 120)
  return {
    text: `
for: 5 min
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(1, 5)}, listen: ${chance.port()} }
middleboxes:
  router: { timers: { ESTABLISHED: ${patience} s }, loose: false, dropsInvalid: true }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, through: router }
applications:
  - { run: streams, on: client, to: servers, count: ${chance.whole(10, 40)}, rate: 2/s, heartbeat: ${patience + chance.whole(20, 60)} s }
  - { run: http, on: client, to: servers, rate: 1/s }
`,
    isCaptured: true,
  }
}

function pathConntrack(chance: Chance): Planted {
  const most = chance.scale(200, 5000)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(1, 10)}, listen: ${chance.port()} }
middleboxes:
  router: { flowsMax: ${most} }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, through: router }
applications:
  - { run: connect, on: client, to: servers, rate: ${Math.ceil(most / 20)}/s, hold: 10 min, timeout: 10 s }
`,
    isCaptured: true,
  }
}

function natOfRouter(chance: Chance): Planted {
  const ports = chance.scale(100, 2000)
  const first = chance.whole(20_000, 50_000)
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.system()} }
  server: { profile: linux, listen: ${chance.port()} }
middleboxes:
  router: { nat: { inside: client, ports: ${first}-${first + ports - 1} } }
paths:
  - { from: client, to: server, rtt: ${chance.rtt()}, through: router }
applications:
  - { run: connect, on: client, to: server, rate: ${Math.ceil(ports / 20)}/s, hold: 10 min, timeout: 10 s }
`,
    isCaptured: true,
  }
}

function natOfCloud(chance: Chance): Planted {
  const ports = chance.one([64, 128, 256, 512, 1024])
  const profile = chance.one(["aws-nat-gateway", "azure-nat-gateway", "azure-lb", "gcp-cloud-nat"])
  return {
    text: `
for: 60 s
hosts:
  client: { profile: ${chance.system()} }
  api: { profile: linux, listen: 443 }
middleboxes:
  gateway: { profile: ${profile}, nat: { inside: client, ports: ${ports} } }
paths:
  - { from: client, to: api, rtt: ${chance.rtt()}, through: gateway }
applications:
  - { run: connect, on: client, to: api, rate: ${Math.ceil(ports / 15)}/s, hold: 10 min, timeout: 10 s }
`,
    isCaptured: true,
  }
}

function loss(chance: Chance): Planted {
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(2, 20)}, listen: ${chance.port()} }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, loss: ${chance.whole(15, 45)}% }
applications:
  - { run: http, on: client, to: servers, rate: ${chance.whole(5, 20)}/s, timeout: 10 s, answerTimeout: 10 s }
`,
    isCaptured: true,
  }
}

function mtu(chance: Chance): Planted {
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  servers: { profile: linux, count: ${chance.whole(1, 5)}, listen: ${chance.port()} }
paths:
  - { from: client, to: servers, rtt: ${chance.rtt()}, mtu: 1400 }
applications:
  - { run: http, name: uploads, on: client, to: servers, rate: ${chance.whole(1, 4)}/s, request: ${chance.whole(4000, 60000)} }
  - { run: http, name: queries, on: client, to: servers, rate: 1/s }
`,
    isCaptured: true,
  }
}

function unreachable(chance: Chance): Planted {
  const port = chance.port()
  return {
    text: `
for: 90 s
hosts:
  client: { profile: ${chance.system()} }
  near: { profile: linux, listen: ${port} }
  far: { profile: linux, count: ${chance.whole(1, 10)}, listen: ${port} }
paths:
  - { from: client, to: far, rtt: ${chance.rtt()}, unreachable: ${chance.one(["net", "host"])} }
applications:
  - { run: http, name: works, on: client, to: near, rate: 2/s }
  - { run: http, name: fails, on: client, to: far, rate: ${chance.whole(1, 6)}/s }
`,
    isCaptured: true,
  }
}

export const PATH_FAMILIES: readonly Family[] = [
  { limit: "firewall-concurrent", id: "isa-concurrent", draw: concurrent },
  { limit: "firewall-concurrent", id: "rules-concurrent", draw: concurrentOfRules },
  { limit: "firewall-rate", id: "isa-rate", draw: rate },
  { limit: "firewall-rate", id: "rules-rate", draw: rateOfRules },
  { limit: "firewall-embryonic", id: "isa-embryonic", draw: embryonicAtFirewall },
  { limit: "firewall-policy", id: "policy", draw: policy },
  { limit: "firewall-idle-timeout", id: "idle", draw: idle },
  { limit: "path-conntrack", id: "conntrack", draw: pathConntrack },
  { limit: "nat-ports", id: "nat-router", draw: natOfRouter },
  { limit: "nat-ports", id: "nat-cloud", draw: natOfCloud },
  { limit: "path-loss", id: "loss", draw: loss },
  { limit: "path-mtu", id: "mtu", draw: mtu },
  { limit: "path-unreachable", id: "unreachable", draw: unreachable },
]
