import assert from "node:assert/strict"
import { test } from "node:test"
import {
  big16,
  big32,
  ethernet,
  type Frame,
  ipv4,
  joined,
  pcap,
  SectionBuilder,
  tcp,
  udp,
} from "../../../test/capture-builder.ts"
import { ICMP_FRAMES, LINK_FRAMES, TUNNEL_FRAMES } from "../../../test/capture-frames.ts"
import { readCapture } from "../../../test/capture-reading.ts"

const between = "10.1.1.5:1118 > 10.2.2.9:445"
const between6 = "2001:db8::5:1118 > 2001:db8::9:445"
const syn = ipv4(tcp())

for (const frame of [...LINK_FRAMES, ...TUNNEL_FRAMES]) {
  const { name, link, bytes, version, scope = "", vlan = 0 } = frame
  test(`${name} (link type ${link}): the SYN is found`, () => {
    const { packets, odd } = readCapture(pcap([{ bytes }], { link }))
    const [packet] = packets
    assert.deepEqual(odd, [])
    assert.equal(packet?.kind, "tcp")
    assert.equal(packet?.between, version === 6 ? between6 : between)
    assert.equal(packet?.sequence, 0x12345678)
    assert.equal(packet?.flags, 2)
    assert.equal(packet?.payload, 0)
    assert.equal(packet?.ipLength, version === 6 ? 60 : 40)
    assert.equal(packet?.scope, scope)
    assert.equal(packet?.vlan, vlan)
  })
}

for (const { name, link, bytes, version, scope = "", icmp } of ICMP_FRAMES) {
  test(`an ICMP error (${name}) is about the SYN it quotes`, () => {
    const { packets, odd } = readCapture(pcap([{ bytes }], { link }))
    const [packet] = packets
    assert.deepEqual(odd, [])
    assert.equal(packet?.kind, "icmp")
    assert.equal(packet?.icmp, icmp)
    assert.equal(packet?.between, version === 6 ? between6 : between)
    assert.equal(packet?.sequence, 0x12345678)
    assert.equal(packet?.flags, name.includes("eight bytes") ? 0 : 2)
    assert.equal(packet?.scope, scope)
  })
}

test("no cut of any frame throws or reads bytes that are not its own", () => {
  for (const { name, link, bytes } of [...LINK_FRAMES, ...TUNNEL_FRAMES, ...ICMP_FRAMES]) {
    const cuts = Array.from({ length: bytes.length }, (_, length): Frame => {
      return { bytes: bytes.subarray(0, length), sent: bytes.length }
    })
    // What follows each cut must not complete it.
    const padded = readCapture(pcap(cuts, { link }))
    const alone = cuts.map((cut) => readCapture(pcap([cut], { link })).packets[0])
    assert.equal(padded.packets.length, cuts.length, name)
    assert.deepEqual(
      padded.packets.map(({ frame: _, ...packet }) => packet),
      alone.map((packet) => ({ ...packet, frame: undefined })).map(({ frame: _, ...rest }) => rest),
      name,
    )
  }
})

const others: readonly (readonly [string, number, Uint8Array, string])[] = [
  ["UDP", 101, ipv4(udp(53, joined("00")), { protocol: 17 }), "UDP"],
  ["an echo", 101, ipv4(joined("0800 0000 00010001"), { protocol: 1 }), "ICMP"],
  ["ARP", 1, ethernet(0x0806, new Uint8Array(28)), "ARP"],
  ["a later fragment", 101, ipv4(tcp(), { fragment: 3 }), "IPv4, later fragment"],
  ["a protocol without a name", 101, ipv4(tcp(), { protocol: 253 }), "IP protocol 253"],
  ["an EtherType without a name", 1, ethernet(0x88b5, syn), "EtherType 0x88b5"],
  ["encrypted MACsec", 1, ethernet(0x88e5, joined("0c 00 00000001", syn)), "MACsec, encrypted"],
  ["spanning tree", 1, ethernet(38, joined("424203", new Uint8Array(43))), "LLC"],
  ["no bytes at all", 1, new Uint8Array(0), "LINKTYPE_ETHERNET (1), cut before its end"],
  ["neither IPv4 nor IPv6", 101, joined("f0000000"), "not IP"],
  ["a beacon", 105, joined("8000", new Uint8Array(40)), "802.11"],
  ["an encrypted frame", 105, joined("0841", new Uint8Array(40)), "802.11, encrypted"],
  ["an error about UDP", 101, udpError(), "ICMP"],
  ["a CDP frame of PPP", 9, joined("ff03 0207 01b4"), "PPP protocol 0x0207"],
]

function udpError(): Uint8Array {
  const quoted = ipv4(udp(53, joined("00")), { protocol: 17 })
  return ipv4(joined("0303 0000 00000000", quoted), { protocol: 1 })
}

for (const [name, link, bytes, counted] of others) {
  test(`${name} is counted as "${counted}"`, () => {
    const { file, packets } = readCapture(pcap([{ bytes }, { bytes }], { link }))
    assert.deepEqual([...file.others], [[counted, 2]])
    assert.deepEqual(
      packets.map(({ kind }) => kind),
      ["other", "other"],
    )
  })
}

test("a link type that is not known is named with its packets", () => {
  const { file, odd } = readCapture(pcap([{ bytes: syn }, { bytes: syn }], { link: 189 }))
  assert.deepEqual([...file.unknownLinks], [["LINKTYPE_USB_LINUX (189)", 2]])
  assert.deepEqual([...file.others], [])
  assert.deepEqual(odd, ["link-type-unknown: LINKTYPE_USB_LINUX (189): 2 packets are not read"])
})

test("of very many types the rarest are summed up", () => {
  const noise = Array.from({ length: 100 }, (_, index) => {
    return { bytes: ethernet(0x9400 + index, new Uint8Array(46)) }
  })
  const { file } = readCapture(pcap([...noise, ...noise.slice(0, 50)]))
  assert.equal(file.others.size, 51)
  assert.equal(file.others.get("EtherType 0x9400"), 2)
  assert.equal(file.others.get("50 further kinds"), 50)
})

test("upper bits of the network field are no part of the link type", () => {
  const { packets } = readCapture(pcap([{ bytes: ethernet(0x0800, syn) }], { link: 0x2400_0001 }))
  assert.equal(packets[0]?.between, between)
})

test("cooked frames of several interfaces keep them apart", () => {
  const from = (index: number): Frame => ({
    bytes: joined("0800 0000", big32(index), "0001 00 06 020000000001 0000", syn),
  })
  const { file, packets } = readCapture(pcap([from(2), from(3), from(2)], { link: 276 }))
  assert.deepEqual(
    packets.map((packet) => file.interfaces[packet.interface]?.name),
    ["interface 2", "interface 3", "interface 2"],
  )
})

test("each frame of a wireless aggregate is a packet", () => {
  const part = (sequence: number) => {
    const carried = joined("aaaa03 000000 0800", ipv4(tcp({ sequence })))
    return joined("020000000002 020000000001", big16(carried.length), carried)
  }
  const addresses = "020000000002 020000000001 020000000003"
  const header = joined("8801 0000", addresses, "1000 8000")
  const bytes = joined(header, part(1), "0000", part(2), "0000", part(3))
  const { file, packets } = readCapture(pcap([{ bytes }], { link: 105 }))
  assert.deepEqual(
    packets.map(({ frame, sequence, payload }) => [frame, sequence, payload]),
    [
      [1, 1, 0],
      [1, 2, 0],
      [1, 3, 0],
    ],
  )
  assert.equal(file.packets, 1)
})

test("NFLOG and loopback headers are in the byte order of the file's writer", () => {
  const attributes = joined("0008 0001 0800 0000", "002c 0009", syn)
  const bytes = joined("02 00 0005", attributes)
  const section = new SectionBuilder(true).header().interface(239).packet(bytes)
  assert.equal(
    readCapture(pcap([{ bytes }], { link: 239, isBig: true })).packets[0]?.between,
    between,
  )
  assert.equal(readCapture(section.bytes).packets[0]?.between, between)
})

test("more layers than are followed are counted, not followed", () => {
  let bytes = syn
  for (let depth = 0; depth < 40; depth++) bytes = ipv4(bytes, { protocol: 4 })
  const { file, odd } = readCapture(pcap([{ bytes }], { link: 101 }))
  assert.deepEqual([...file.others], [["IPv4, nested too deep", 1]])
  assert.deepEqual(odd, ["packet-malformed: 1 packet: IPv4, nested too deep"])
})
