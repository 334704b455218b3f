/** Each formula at the values that its documents or measurements give. */
import assert from "node:assert/strict"
import { test } from "node:test"
import * as forms from "./closed-forms.ts"

type Check = readonly [
  name: string,
  value: number,
  expected: number,
  source: string,
  within?: number,
]

const nt = 3976
const vista = 16_384
const linux = 28_232
const freebsd = 55_536

const checks: readonly Check[] = [
  ["ports held by unanswered SYNs", forms.concurrency(100, 131), 13_100, "SYN schedule, 131 s"],
  ["ports held at Linux's ceiling", forms.portsHeld(470.5, 0, 60), 28_230, "28,232 / 60 s"],
  ["NT, 2000", forms.recyclingRate(nt, 0, 240), 16.57, "KB Q149532"],
  ["NT with TcpTimedWaitDelay 30", forms.recyclingRate(nt, 0, 30), 132.53, "KB Q149532"],
  ["XP, 2003", forms.recyclingRate(nt, 0, 120), 33.13, "KB314053"],
  ["Vista, 120 s", forms.recyclingRate(vista, 0, 120), 136.53, "KB929851"],
  ["Vista, 240 s", forms.recyclingRate(vista, 0, 240), 68.27, "KB929851"],
  ["Linux", forms.recyclingRate(linux, 0, 60), 470.5, "TCP_TIMEWAIT_LEN"],
  ["FreeBSD", forms.recyclingRate(freebsd, 0, 60), 925.6, "net.inet.tcp.msl 30 s"],
  ["macOS", forms.recyclingRate(vista, 0, 30), 546.1, "net.inet.tcp.msl 15 s"],
  ["conntrack table", forms.recyclingRate(262_144, 0, 120), 2184.5, "TIME_WAIT 120 s"],
  ["Azure NAT gateway", forms.recyclingRate(64_512, 0, 65), 992.5, "64,512 / 65 s"],
  ["tw_reuse, 10 ports", forms.reuseRate(10, 0, 1), 10, "measured: 10/s"],
  ["NT's sawtooth at 20/s", forms.sawtoothRate(20, nt, 240), 10, "one turn of two fails"],
  ["below the ceiling", forms.sawtoothRate(16, nt, 240), 16, "no loss"],
  ["NT's gap at 20/s", forms.sawtoothGapSec(20, nt, 240), 198.8, "runs of 199 s"],
  ["SP1 at 20/s", forms.searchRate(20, nt, 240), 16.57, "no headroom gained"],
  ["uses within TIME-WAIT at 30/s", forms.usesWithinWait(30, nt, 240), 1, "7200 / 3976"],
  ["mixed closers, f = 0.4", forms.collisionShare(1, 1, 0.4), 0.2857, "28.6 %"],
  ["many destinations", forms.collisionShare(1, 500), 0.001996, "0.2 % at 20/s over 500"],
  ["Q(16384)", forms.successesToCollision(vista), 160.1, "sqrt(pi P / 2) - 1/3"],
  ["Q(55536)", forms.successesToCollision(freebsd), 295.0, "sqrt(pi P / 2) - 1/3"],
  ["one draw at 100/s", forms.oneDrawRate(100, vista, 120), 57.7, "r / (1 + rT/P)"],
  ["even odds, 28,232", forms.drawsForEvenOdds(linux), 198, "1.18 sqrt(P)", 0.003],
  ["even odds, 64", forms.drawsForEvenOdds(64), 9.4, "1.18 sqrt(P)", 0.003],
  ["odds at 198 draws", forms.collisionOdds(198, linux), 0.5, "birthday", 0.01],
  ["bind tries at 90 %", forms.bindTries(90, 100), 10, "1 / (1 - u)"],
  ["Linux's turn", forms.linuxTurn(linux), 3137, "seen: 3165"],
  ["Linux's first collision", forms.linuxFirstCollision(linux), 3140, "one destination"],
  ["Linux's cliff", forms.linuxCliffRate(linux, 60), 235.3, "14,116 even ports / 60 s"],
  ["odd share at 400/s", forms.linuxOddShare(400, linux, 60), 0.4118, "1 - 235.3 / 400"],
  ["NAT at 99 %", forms.natProbeFailure(0.99), 0.0827, "0.99^248"],
  ["ISA's 160 at 5/s", forms.secondsToFill(160, 5), 32, "160 / r"],
  ["500 systems through 160", forms.refusedByConcurrency(500, 160), 340, "held 120 s"],
  ["160 against 600 a minute", forms.holdAtWhichConcurrencyBinds(160, 600), 16, "ISA 2006"],
  ["600 a minute, burst", forms.fixedWindowBurst(600), 1200, "fixed window"],
  ["nft 3/s burst 2, 1 s", forms.tokensUsed(3, 2, 1), 5, "nft_limit.c"],
  ["bucket of 5 at 10/s less 5/s", forms.secondsToEmpty(5, 5, 10), 1, "nft_limit.c"],
  ["2000's SYN", forms.giveUpSec(3, 2), 21, "KB314053"],
  ["NT's SYN", forms.giveUpSec(3, 3), 45, "KB Q140552"],
  ["NT's old SYN-ACK", forms.giveUpSec(3, 5), 189, "KB Q142641"],
  ["Linux without linear timeouts", forms.giveUpSec(1, 6), 127, "ip-sysctl.rst"],
  ["silent targets, 10 slots", forms.silentTargetsPerSec(10, 21), 0.476, "XP SP2"],
  ["the same, 445 and 139 together", forms.silentTargetsPerSec(10, 21, 2), 0.238, "KB204279"],
  ["500 silent", forms.silentTargetsSec(500, 10, 21), 1050, "XP SP2"],
  ["50 silent of 500", forms.silentTargetsSec(50, 10, 21), 105, "XP SP2"],
  ["retries at p = 1", forms.retryAmplification(1, 3), 4, "r + 1"],
  ["backlog 4096 at 10,000/s", forms.acceptStallSec(4096, 10_000), 0.41, "somaxconn"],
]

for (const [name, value, expected, source, within = 0.002] of checks) {
  test(`${name} comes to ${expected} (${source})`, () => {
    const message = `${value} is not within ${within * 100} % of ${expected}`
    assert.ok(Math.abs(value - expected) <= within * Math.abs(expected), message)
  })
}

test("netfilter fails at least as often as if its probes were independent", () => {
  // Use of the pool, failure of one SYN (64,512 ports, oldest-first expiry).
  const measured = [
    [0.9, 0.0006],
    [0.95, 0.008],
    [0.97, 0.021],
    [0.98, 0.043],
    [0.99, 0.13],
    [0.995, 0.31],
  ] as const
  for (const [use, failure] of measured) assert.ok(forms.natProbeFailure(use) <= failure)
})

test("the sum for random draws is near its approximation, and longer where ports come back", () => {
  for (const ports of [64, 1024, vista, freebsd]) {
    const near = Math.sqrt((Math.PI * ports) / 2) - 1 / 3
    assert.ok(Math.abs(forms.successesToCollision(ports) - near) < 0.005 * near)
  }
  assert.ok(forms.successesToCollision(vista, 50) > forms.successesToCollision(vista))
})
