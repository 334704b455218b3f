/**
 * The stage of one scenario: the lab's topology plus a prefix of targets that all live on the server, the
 * rules and settings of the scenario on each machine, and the server program.
 */
import { serve } from "../fault.ts"
import { Lab } from "../network.ts"
import { type Random, randomOf } from "../random.ts"
import {
  clientSettings,
  routerRules,
  serverRules,
  sweepPort,
  windowsSynRules,
} from "./router-rules.ts"
import type { Scenario } from "./scenario.ts"

export type Stage = {
  readonly lab: Lab
  readonly sources: readonly Source[]
  readonly targets: readonly string[]
  readonly dead: readonly string[]
  readonly refused: readonly string[]
}

export type Source = { readonly namespace: string; readonly address: string }

/** Opens a lab and sets the scene; the lab's owner closes it. */
export async function setStage(scenario: Scenario, seed: number): Promise<Stage> {
  const random = randomOf(seed, scenario.id)
  const lab = await Lab.open(random)
  try {
    return await furnish(lab, scenario, random)
  } catch (cause) {
    lab.close()
    throw cause
  }
}

async function furnish(lab: Lab, scenario: Scenario, random: Random): Promise<Stage> {
  const network = `172.${random.integer(16, 31)}`
  const targets = Array.from({ length: scenario.sweep.targets }, (_, index) => {
    return `${network}.${Math.floor(index / 200)}.${10 + (index % 200)}`
  })
  const dead = chosen(random, targets, scenario.sweep.deadShare)
  const alive = targets.filter((target) => !dead.includes(target))
  const refused = chosen(
    random,
    alive,
    scenario.sweep.refusedShare / (1 - scenario.sweep.deadShare),
  )
  const sources: Source[] = [{ namespace: lab.client, address: lab.address.client }]
  if (scenario.sources === 2) sources.push(await lab.addClient())
  await routeTargets(lab, `${network}.0.0/16`, sources)
  await lab.nft(lab.router, routerRules(scenario, lab.address.routerOutside))
  await lab.nft(lab.server, serverRules(dead, refused))
  await lab.sysctl(lab.router, {
    "net.ipv4.icmp_ratelimit": 0,
    "net.ipv4.icmp_msgs_per_sec": 100_000,
    "net.ipv4.icmp_msgs_burst": 10_000,
    "net.netfilter.nf_conntrack_timestamp": 1,
  })
  if (scenario.obstacle.kind === "embryonic") {
    await lab.sysctl(lab.router, {
      "net.netfilter.nf_conntrack_tcp_timeout_syn_recv": 0,
      "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": scenario.obstacle.slotSec,
    })
  }
  for (const { namespace } of sources) {
    await lab.sysctl(namespace, clientSettings(scenario))
    if (scenario.synSchedule === "windows") await lab.nft(namespace, windowsSynRules)
  }
  await serve(lab, [{ address: "0.0.0.0", ports: [sweepPort], behaviour: { kind: "echo" } }])
  return { lab, sources, targets, dead, refused }
}

async function routeTargets(lab: Lab, prefix: string, sources: readonly Source[]): Promise<void> {
  const { server } = lab.address
  await lab.exec(lab.server, ["ip", "route", "add", "local", prefix, "dev", "lo"])
  await lab.exec(lab.router, ["ip", "route", "add", prefix, "via", server, "dev", "outside"])
  // Neighbours learnt before the capture starts: the first SYN must not wait for ARP.
  for (const { namespace } of sources) {
    await lab.exec(namespace, ["ping", "-c", "1", "-W", "2", server], { mayFail: true })
  }
}

function chosen(random: Random, all: readonly string[], share: number): readonly string[] {
  const rest = [...all]
  const count = Math.round(all.length * Math.min(1, share))
  return Array.from({ length: count }, () => rest.splice(random.integer(0, rest.length - 1), 1))
    .flat()
    .sort()
}
