import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { isPrivate, parseAddress } from "../model/fourtuple.ts"
import { Redactor } from "./redact.ts"

const ipv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((o) => o.join("."))

function bitsOf(address: string): string {
  return address
    .split(".")
    .map((octet) => Number(octet).toString(2).padStart(8, "0"))
    .join("")
}

function commonBits(a: string, b: string): number {
  const [left, right] = [bitsOf(a), bitsOf(b)]
  let length = 0
  while (length < 32 && left[length] === right[length]) length++
  return length
}

test("Redactor keeps exactly the common prefix of any two addresses", () => {
  const redactor = new Redactor("key")
  fc.assert(
    fc.property(ipv4, ipv4, (a, b) => {
      assert.equal(commonBits(redactor.address(a), redactor.address(b)), commonBits(a, b))
    }),
  )
})

test("Redactor keeps private private and public public", () => {
  const redactor = new Redactor()
  fc.assert(
    fc.property(
      fc.oneof(
        ipv4,
        fc.nat(255).map((n) => `192.168.${n}.9`),
      ),
      (address) => {
        assert.equal(isPrivate(redactor.address(address)), isPrivate(address))
      },
    ),
  )
})

test("Redactor keeps loopback, wildcard, multicast and netmasks", () => {
  const redactor = new Redactor()
  for (const kept of [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "255.255.255.0",
    "224.0.0.1",
    "::",
    "::1",
  ]) {
    assert.equal(redactor.address(kept), kept)
  }
  assert.equal(redactor.address("*"), "*")
  assert.equal(redactor.address("eth0"), "eth0")
})

test("Redactor maps alike with one key, and otherwise not", () => {
  const address = "203.0.113.77"
  assert.equal(new Redactor("a").address(address), new Redactor("a").address(address))
  assert.notEqual(new Redactor("a").address(address), new Redactor("b").address(address))
})

test("Redactor keeps IPv6 scopes, link-local and the hosts of one network together", () => {
  const redactor = new Redactor("key")
  assert.match(redactor.address("fe80::1:2%eth0"), /^fe80::[0-9a-f:]+%eth0$/)
  const groups = ["2001:db8:1:2::5", "2001:db8:1:2::6"].map((address) =>
    redactor.address(address).split(":").slice(0, 4).join(":"),
  )
  assert.equal(groups[0], groups[1])
  assert.notEqual(parseAddress(redactor.address("2001:db8::1")), undefined)
})

test("Redactor replaces addresses in text and nothing else", () => {
  const redactor = new Redactor("key")
  const text = [
    "ESTAB 0 0 203.0.113.7:443 [2001:db8::7]:50000 timer:(keepalive,59sec,0)",
    "203.0.113.0/24 via 203.0.113.1 dev eth0",
    "21:04:05 kernel 6.18.44 web01: Linux web01-standby",
    "link/ether aa:bb:cc:dd:ee:ff brd ff:ff:ff:ff:ff:ff",
  ].join("\n")
  const redacted = redactor.text(text, ["web01"])
  assert(!redacted.includes("203.0.113"))
  assert(!redacted.includes("2001:db8"))
  assert(!redacted.includes("dd:ee:ff"))
  assert.match(redacted, /:443 \[[0-9a-f:]+\]:50000 timer:\(keepalive,59sec,0\)/)
  assert.match(redacted, /^\d+\.\d+\.\d+\.0\/24 via \d+\.\d+\.\d+\.\d+ dev eth0$/m)
  assert.match(redacted, /^21:04:05 kernel 6\.18\.44 host-1: Linux web01-standby$/m)
  assert.match(redacted, /brd ff:ff:ff:ff:ff:ff$/)
})
