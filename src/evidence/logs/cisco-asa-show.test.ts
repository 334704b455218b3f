import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_COUNTERS } from "../../catalog/counters-network.ts"
import { readText } from "../reading.ts"
import {
  asaCountReader,
  asaDropReader,
  asaLocalHostReader,
  asaResourceReader,
} from "./cisco-asa-show.ts"

const path = new URL("../../../test/fixtures/cisco-asa/show.txt", import.meta.url)
const readers = [asaCountReader, asaLocalHostReader, asaResourceReader, asaDropReader]

function numbersIn(name: string, text: string): ReadonlyMap<string, unknown> {
  const numbers = new Map<string, unknown>()
  for (const each of readText(name, text, readers).observations) {
    if (each.kind !== "counter" && each.kind !== "setting") continue
    numbers.set(each.of === undefined ? each.name : `${each.name}@${each.of}`, each.value)
  }
  return numbers
}

const numbers = numbersIn("show.txt", readFileSync(path, "utf8"))

test("counts of connections and translations, told apart by the command", () => {
  assert.equal(numbers.get("asa.connections"), 49988)
  assert.equal(numbers.get("asa.connections.peak"), 50000)
  assert.equal(numbers.get("asa.translations"), 32000)
  assert.equal(
    numbersIn("xlate-count.txt", "22 in use, 110 most used\n").get("asa.translations"),
    22,
  )
  assert.equal(numbersIn("a.txt", "22 in use, 110 most used\n").size, 0)
})

test("a host's connections with the limit of its class", () => {
  assert.equal(numbers.get("asa.host.tcp@10.1.1.5"), 160)
  assert.equal(numbers.get("asa.host.tcp.limit@10.1.1.5"), 160)
  assert.equal(numbers.has("asa.host.embryonic.limit@10.1.1.5"), false)
})

test("resources, their rates and what was denied; no bound is made of N/A", () => {
  assert.equal(numbers.get("asa.resource.conns"), 49988)
  assert.equal(numbers.get("asa.resource.conns.limit"), 50000)
  assert.equal(numbers.get("asa.resource.conns.denied"), 62403)
  assert.equal(numbers.get("asa.resource.conns-rate.limit@customer-a"), 1000)
  assert.equal(numbers.has("asa.resource.xlates.limit"), false)
})

test("drops of the accelerated path by their names", () => {
  assert.equal(numbers.get("asa.asp.conn-limit"), 62403)
  assert.equal(numbers.get("asa.asp.nat-xlate-failed"), 12)
  for (const name of ["asa.asp.conn-limit", "asa.resource.conns.denied", "asa.host.tcp"]) {
    assert.ok(NETWORK_COUNTERS[name] !== undefined, name)
  }
})
