/** CRC-32 of RFC 1952, four bytes at a time. */

const tables = buildTables()

/** The checksum of bytes[from, to), going on from that of what stands before. */
export function crc32(bytes: Uint8Array, from: number, to: number, before = 0): number {
  const [one, two, three, four] = tables
  let crc = ~before
  let at = from
  for (; at + 4 <= to; at += 4) {
    crc ^=
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    crc =
      (four[crc & 255] ?? 0) ^
      (three[(crc >>> 8) & 255] ?? 0) ^
      (two[(crc >>> 16) & 255] ?? 0) ^
      (one[crc >>> 24] ?? 0)
  }
  for (; at < to; at++) crc = (one[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** What a byte adds to the sum, standing last of 1, 2, 3 or 4. */
function buildTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const one = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320
    one[byte] = crc
  }
  const after = (table: Int32Array) => table.map((crc) => (one[crc & 255] ?? 0) ^ (crc >>> 8))
  const two = after(one)
  const three = after(two)
  return [one, two, three, after(three)]
}
