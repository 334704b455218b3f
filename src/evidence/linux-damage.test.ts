/**
 * No truncation and no flipped bit makes a reader of Linux outputs throw, hang or tell what is no
 * observation.
 */
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { isAddress } from "../model/fourtuple.ts"
import { READERS } from "./readers.ts"
import { type Reading, readText } from "./reading.ts"

const folders =
  "ss ss-summary proc-net proc-sys nstat conntrack sysctl ulimit nft iptables ethtool ip ifconfig transcript"
const root = new URL("../../test/fixtures/", import.meta.url)
const headMax = 4000

/** A small linear congruential generator: the same damage in every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function check(reading: Reading): void {
  for (const each of reading.observations) {
    assert.ok((each.at.line ?? 0) >= 1)
    if (each.kind === "counter") assert.ok(Number.isFinite(each.value), each.name)
    if (each.kind === "socket") {
      for (const { port } of [each.local, each.remote]) {
        assert.ok(port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535))
      }
      for (const value of [each.pid, each.uid, each.receiveQueue, each.expiresMs, each.rttMs]) {
        assert.ok(value === undefined || (Number.isFinite(value) && value >= 0))
      }
    }
    if (each.kind === "fact" && each.name === "address") {
      assert.ok(isAddress(String(each.data["address"])))
    }
  }
}

for (const folder of folders.split(" ")) {
  test(`damaged ${folder} fixtures are read without a throw`, () => {
    for (const name of readdirSync(new URL(`${folder}/`, root))) {
      if (!name.endsWith(".txt")) continue
      const path = `${folder}/${name}`
      const whole = readFileSync(new URL(path, root))
      const bytes = new Uint8Array(whole.subarray(0, headMax))
      const random = makeRandom(bytes.length)
      check(readText(path, whole, READERS))
      for (let round = 0; round < 12; round++) {
        check(readText(path, bytes.subarray(0, random(bytes.length)), READERS))
        const flipped = bytes.slice()
        for (let flips = 0; flips < 1 + round * 2; flips++) {
          const at = random(flipped.length)
          flipped[at] = (flipped[at] ?? 0) ^ (1 << random(7))
        }
        check(readText(path, flipped, READERS))
      }
    }
  })
}
