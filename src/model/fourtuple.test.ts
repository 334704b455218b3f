import assert from "node:assert/strict"
import { isIPv6 } from "node:net"
import { test } from "node:test"
import fc from "fast-check"
import {
  type Endpoint,
  formatEndpoint,
  formatGroups,
  isAddress,
  isIpv4,
  isIpv6,
  isLoopback,
  isPrivate,
  isWildcard,
  makeEndpoint,
  parseAddress,
  parseEndpoint,
  reverse,
  tupleKey,
} from "./fourtuple.ts"

/** RFC 5952 sections 4 and 5, and what real listings print. */
const canonical: readonly (readonly [name: string, text: string, address: string | undefined])[] = [
  ["leading zeros are left out (4.1)", "2001:0db8::0001", "2001:db8::1"],
  ["the zeros are shortened as far as they go (4.2.1)", "2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["one zero group is not shortened (4.2.2)", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["the longest run is shortened (4.2.3)", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["of equal runs the first is shortened (4.2.3)", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["letters are small (4.3)", "2001:DB8::ABCD", "2001:db8::abcd"],
  ["all zeros", "0:0:0:0:0:0:0:0", "::"],
  ["zeros at the end", "2001:db8:1:2:3:4:0:0", "2001:db8:1:2:3:4::"],
  ["a mapped address is the address it maps", "::ffff:10.1.1.5", "10.1.1.5"],
  ["a mapped address in hexadecimal", "::FFFF:0a01:0105", "10.1.1.5"],
  ["a mapped address has no scope", "::ffff:10.1.1.5%eth0", "10.1.1.5"],
  ["a translated address is not a mapped one", "64:ff9b::10.1.1.5", "64:ff9b::a01:105"],
  ["a scope is kept", "FE80::1%eth0", "fe80::1%eth0"],
  ["a scope by number", "fe80::1%12", "fe80::1%12"],
  ["an empty scope says nothing", "fe80::1%", "fe80::1"],
  ["a dotted quad", "192.0.2.7", "192.0.2.7"],
  ["a dotted quad with zeros in front is kept as it is printed", "010.1.1.5", "010.1.1.5"],
  ["an octet beyond 255", "192.0.2.256", undefined],
  ["three octets", "192.0.2", undefined],
  ["nine groups", "1:2:3:4:5:6:7:8:9", undefined],
  ["a gap for nothing", "1:2:3:4:5:6:7::8", undefined],
  ["two gaps", "1::2::3", undefined],
  ["three colons", ":::", undefined],
  ["five digits in a group", "12345::", undefined],
  ["a dotted quad before the gap", "1.2.3.4::", undefined],
  ["a name", "tsctinode1.wonderware.com", undefined],
  ["a star", "*", undefined],
  ["nothing", "", undefined],
]

for (const [name, text, address] of canonical) {
  test(`parseAddress: ${name}`, () => assert.equal(parseAddress(text), address))
}

const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(0xffff))
const groups = fc.tuple(group, group, group, group, group, group, group, group)
const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))

test("formatted groups are an address and already canonical", () => {
  fc.assert(
    fc.property(groups, (each) => {
      const text = formatGroups(each)
      assert.ok(isAddress(text))
      assert.equal(parseAddress(text), text)
    }),
  )
})

test("any way to write the groups gives the same text", () => {
  fc.assert(
    fc.property(groups, (each) => {
      const long = each.map((one) => one.toString(16).padStart(4, "0").toUpperCase()).join(":")
      assert.equal(parseAddress(long), formatGroups(each))
    }),
  )
})

test("a mapped address gives the key of the IPv4 address", () => {
  fc.assert(
    fc.property(octets, (each) => {
      assert.equal(parseAddress(`::ffff:${each.join(".")}`), each.join("."))
    }),
  )
})

test("what is an IPv6 address is what the system's own parser takes", () => {
  const piece = fc.constantFrom("0", "1", "ffff", "fe80", "12345", "1.2.3.4", "g", "")
  const text = fc.array(fc.tuple(piece, fc.constantFrom(":", "::")), { maxLength: 9 })
  fc.assert(
    fc.property(text, (pieces) => {
      const candidate = pieces.flat().join("").replace(/:$/, "")
      assert.equal(isIpv6(candidate), isIPv6(candidate), candidate)
    }),
    { numRuns: 2000 },
  )
})

test("no text makes a parser throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0:.%[]*af-") }), (text) => {
      for (const parse of [parseAddress, parseEndpoint, isPrivate, isLoopback]) parse(text)
    }),
  )
})

/** Text ↔ endpoint, both ways. */
const endpoints: readonly (readonly [text: string, endpoint: Endpoint])[] = [
  ["10.0.0.1:80", { address: "10.0.0.1", port: 80 }],
  ["[2001:db8::1]:443", { address: "2001:db8::1", port: 443 }],
  ["[fe80::1%eth0]:22", { address: "fe80::1%eth0", port: 22 }],
  [
    "tsctinode1.wonderware.com:microsoft-ds",
    { address: "tsctinode1.wonderware.com", service: "microsoft-ds" },
  ],
  ["*:*", { address: "*" }],
  ["0.0.0.0:0", { address: "0.0.0.0", port: 0 }],
]

for (const [text, endpoint] of endpoints) {
  test(`parseEndpoint and formatEndpoint agree on ${text}`, () => {
    assert.deepEqual(parseEndpoint(text), endpoint)
    assert.equal(formatEndpoint(endpoint), text)
  })
}

test("an endpoint comes back from its text", () => {
  const address = fc.oneof(
    groups.map(formatGroups),
    octets.map((each) => each.join(".")),
  )
  fc.assert(
    fc.property(address, fc.nat(65535), (host, port) => {
      assert.deepEqual(parseEndpoint(formatEndpoint({ address: host, port })), {
        address: host,
        port,
      })
    }),
  )
})

for (const [text, why] of [
  ["10.0.0.1", "there is no port"],
  ["10.0.0.1:65536", "the port is too large"],
  ["10.0.0.1:", "the port is empty"],
  [":80", "the host is empty"],
] as const) {
  test(`"${text}" is no endpoint: ${why}`, () => assert.equal(parseEndpoint(text), undefined))
}

test("IPv6 without brackets is split at the last colon", () => {
  assert.deepEqual(parseEndpoint("::1:80"), { address: "::1", port: 80 })
  assert.deepEqual(parseEndpoint("::ffff:10.1.1.5:445"), { address: "10.1.1.5", port: 445 })
})

test("a star is no port, a zero is one", () => {
  assert.deepEqual(makeEndpoint("::", "*"), { address: "::" })
  assert.deepEqual(makeEndpoint("::", "0"), { address: "::", port: 0 })
})

test("a four-tuple seen from the other side is reversed, and twice reversed itself", () => {
  const local = { address: "10.0.0.1", port: 1118 }
  const remote = { address: "2001:db8::1", port: 445 }
  assert.equal(tupleKey(reverse({ local, remote })), "[2001:db8::1]:445>10.0.0.1:1118")
  assert.deepEqual(reverse(reverse({ local, remote })), { local, remote })
})

const kinds: readonly (readonly [
  text: string,
  kind: { readonly loopback?: true; readonly private?: true; readonly wildcard?: true },
])[] = [
  ["127.0.0.1", { loopback: true }],
  ["127.255.0.3", { loopback: true }],
  ["::1", { loopback: true }],
  ["localhost", { loopback: true }],
  ["ip6-localhost", { loopback: true }],
  ["localhost6", { loopback: true }],
  ["localhost.localdomain", { loopback: true }],
  ["localhosts.example", {}],
  ["127.example.com", {}],
  ["0.0.0.0", { wildcard: true }],
  ["::", { wildcard: true }],
  ["*", { wildcard: true }],
  ["10.255.0.1", { private: true }],
  ["172.16.0.1", { private: true }],
  ["172.31.255.255", { private: true }],
  ["172.32.0.1", {}],
  ["192.168.3.4", { private: true }],
  ["169.254.1.1", { private: true }],
  ["100.64.0.1", { private: true }],
  ["100.128.0.1", {}],
  ["fd00::1", { private: true }],
  ["fe80::1%eth0", { private: true }],
  ["fec0::1", {}],
  ["fd::1", {}],
  ["2001:db8::1", {}],
  ["fdserver", {}],
  ["fc.example.com", {}],
]

for (const [text, kind] of kinds) {
  test(`${text} is ${Object.keys(kind).join(" and ") || "none of loopback, private, any"}`, () => {
    assert.equal(isLoopback(text), kind.loopback === true)
    assert.equal(isPrivate(text), kind.private === true)
    assert.equal(isWildcard(text), kind.wildcard === true)
  })
}

test("a number that a program may take for an address is none", () => {
  for (const text of ["1", "0x7f000001", "127.1", "1.2.3.4.5", " 1.2.3.4"]) {
    assert.equal(isIpv4(text), false, text)
  }
})
