import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { CODE_PAGES, type CodePage } from "./code-pages.ts"
import { openDecoder } from "./encoding.ts"
import { readText } from "./reading.ts"

/**
 * Encodes with a DOS table, or with any single-byte encoding TextDecoder knows, by turning it
 * round.
 */
function encode(text: string, encoding: string): Uint8Array {
  const upper =
    encoding in CODE_PAGES
      ? CODE_PAGES[encoding as CodePage]
      : new TextDecoder(encoding).decode(
          Uint8Array.from({ length: 128 }, (_, index) => index + 128),
        )
  return Uint8Array.from(text, (char) => {
    const code = char.charCodeAt(0)
    if (code < 128) return code
    const at = upper.indexOf(char)
    assert.ok(at >= 0, `${encoding} has ${char}`)
    return at + 128
  })
}

function decodeAll(bytes: Uint8Array, size = bytes.length): { text: string; encoding: string } {
  const decoder = openDecoder(bytes)
  assert.ok(decoder)
  let text = ""
  for (let at = 0; at < bytes.length; at += size)
    text += decoder.push(bytes.subarray(at, at + size))
  text += decoder.end()
  return { text, encoding: decoder.encoding }
}

const french =
  "Connexions actives\r\n\r\n  Proto  Adresse locale         Adresse distante       État\r\n"
const german = "  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN\r\n"
const spanish = "  Proto  Dirección local        Dirección remota       Estado\r\n"
const portuguese =
  "Conexões ativas\r\n\r\n  Proto  Endereço local         Endereço externo       Estado\r\n"
const polish =
  "Aktywne połączenia\r\n\r\n  Protokół  Adres lokalny          Obcy adres             Stan\r\n"
const czech =
  "Aktivní připojení\r\n\r\n  Proto  Místní adresa          Cizí adresa            Stav\r\n"
const hungarian =
  "Aktív kapcsolatok\r\n  Proto  Helyi cím              Idegen cím             Állapot\r\n"
const russian =
  "Активные подключения\r\n\r\n  Имя    Локальный адрес        Внешний адрес          Состояние\r\n"
const turkish =
  "Etkin Bağlantılar\r\n  İl.Kr.  Yerel Adres            Yabancı Adres            Durum\r\n"
const greek =
  "Ενεργές συνδέσεις\r\n  Πρωτ.  Τοπική διεύθυνση       Ξένη διεύθυνση         Κατάσταση\r\n"

const singleByte: readonly (readonly [string, string])[] = [
  [french, "cp850"],
  [french, "windows-1252"],
  [german, "cp850"],
  [german, "windows-1252"],
  [spanish, "cp850"],
  [spanish, "windows-1252"],
  [portuguese, "cp850"],
  [portuguese, "windows-1252"],
  [polish, "cp852"],
  [polish, "windows-1250"],
  [czech, "cp852"],
  [czech, "windows-1250"],
  [hungarian, "cp852"],
  [hungarian, "windows-1250"],
  [russian, "ibm866"],
  [russian, "windows-1251"],
  [turkish, "cp857"],
  [turkish, "windows-1254"],
  [greek, "cp737"],
  [greek, "windows-1253"],
]

for (const [text, encoding] of singleByte) {
  const name = text.trim().slice(0, 12)
  test(`text "${name}" in ${encoding} is read as written`, () => {
    assert.equal(decodeAll(encode(text, encoding)).text, text)
  })
}

test("a DOS code page is kept apart from the Windows one of the same language", () => {
  assert.equal(decodeAll(encode(french, "cp850")).encoding, "cp850")
  assert.equal(decodeAll(encode(russian, "ibm866")).encoding, "ibm866")
  assert.equal(decodeAll(encode(polish, "windows-1250")).encoding, "windows-1250")
})

// "アクティブな接続", "状態" in Shift_JIS; "活动连接" in GB18030; "활성 연결 상태" in EUC-KR.
const eastAsian: readonly (readonly [string, string, readonly number[]])[] = [
  [
    "shift_jis",
    "アクティブな接続 状態",
    [
      0x83, 0x41, 0x83, 0x4e, 0x83, 0x65, 0x83, 0x42, 0x83, 0x75, 0x82, 0xc8, 0x90, 0xda, 0x91,
      0xb1, 0x20, 0x8f, 0xf3, 0x91, 0xd4,
    ],
  ],
  [
    "gb18030",
    "活动连接 状态",
    [0xbb, 0xee, 0xb6, 0xaf, 0xc1, 0xac, 0xbd, 0xd3, 0x20, 0xd7, 0xb4, 0xcc, 0xac],
  ],
  [
    "euc-kr",
    "활성 연결 상태",
    [0xc8, 0xb0, 0xbc, 0xba, 0x20, 0xbf, 0xac, 0xb0, 0xe1, 0x20, 0xbb, 0xf3, 0xc5, 0xc2],
  ],
]

for (const [encoding, text, bytes] of eastAsian) {
  test(`console text in ${encoding} is read as written`, () => {
    assert.deepEqual(decodeAll(Uint8Array.from(bytes)), { text, encoding })
  })
}

function utf16(text: string, isBig: boolean, isMarked: boolean): Uint8Array {
  const units = isMarked ? `\ufeff${text}` : text
  const bytes = new Uint8Array(units.length * 2)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < units.length; at++) view.setUint16(at * 2, units.charCodeAt(at), !isBig)
  return bytes
}

for (const isBig of [false, true]) {
  for (const isMarked of [false, true]) {
    const name = `utf-16${isBig ? "be" : "le"} ${isMarked ? "with" : "without"} a mark`
    test(`${name} is read`, () => {
      for (const text of [
        french,
        russian + german,
        "プロトコル  ローカル アドレス      外部アドレス\r\n".repeat(3),
      ]) {
        const { text: read } = decodeAll(utf16(text, isBig, isMarked))
        assert.equal(read, text)
      }
    })
  }
}

test("UTF-8 is read with and without a mark", () => {
  const bytes = new TextEncoder().encode(`\ufeff${polish}${russian}`)
  assert.deepEqual(decodeAll(bytes), { text: polish + russian, encoding: "utf-8" })
  assert.deepEqual(decodeAll(bytes.subarray(3)), { text: polish + russian, encoding: "utf-8" })
})

test("megabytes of ASCII before the first letter of a code page do not hide it", () => {
  const ascii =
    "tcp        0      0 10.0.0.1:22             10.0.0.2:5000           ESTABLISHED\n".repeat(9000)
  const bytes = new Uint8Array(ascii.length + french.length)
  bytes.set(encode(ascii, "cp850"))
  bytes.set(encode(french, "cp850"), ascii.length)
  assert.equal(decodeAll(bytes, 65_536).text, ascii + french)
})

const binaries: readonly (readonly [string, readonly number[]])[] = [
  ["pcap", [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0]],
  ["pcapng", [0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0, 0, 0]],
  ["gzip", [0x1f, 0x8b, 8, 0, 1, 2, 3, 4]],
  ["zip", [0x50, 0x4b, 3, 4, 20, 0, 0, 0]],
  ["ELF", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]],
  ["evtx", [0x45, 0x6c, 0x66, 0x46, 0x69, 0x6c, 0x65, 0]],
  ["PE", [0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff]],
  ["SQLite", [...new TextEncoder().encode("SQLite format 3"), 0, 16, 0]],
  ["PNG", [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]],
  ["zeros", new Array<number>(64).fill(0)],
  ["text with zeros", [...new TextEncoder().encode("abc\0def\0\0ghi")]],
]

for (const [name, bytes] of binaries) {
  test(`${name} is not text`, () => {
    assert.equal(openDecoder(Uint8Array.from(bytes)), undefined)
  })
}

test("chunk borders change nothing, wherever they fall", () => {
  const texts = [
    new TextEncoder().encode(polish + russian),
    encode(french, "cp850"),
    utf16(czech, false, true),
  ]
  for (const bytes of texts) {
    const whole = decodeAll(bytes)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 17 }), (size) => {
        const decoder = openDecoder(bytes)
        assert.ok(decoder)
        let text = ""
        for (let at = 0; at < bytes.length; at += size)
          text += decoder.push(bytes.slice(at, at + size))
        // A code page may be told less surely from less text, but nothing is lost or doubled.
        assert.equal((text + decoder.end()).length, whole.text.length)
      }),
    )
  }
})

const listing = (from: string) =>
  ["Proto Recv-Q Send-Q Local Address           Foreign Address         State"]
    .concat(
      Array.from({ length: 3 }, (_, row) => `tcp 0 0 ${from}:${row + 1} 10.0.0.9:80 TIME_WAIT`),
    )
    .join("\r\n")
    .concat("\r\n")
const bytesOf = (text: string, encoding: "latin1" | "utf16le") => Buffer.from(text, encoding)
const mark = Buffer.from([0xff, 0xfe])
const [plain, wide] = [
  bytesOf(listing("10.0.0.1"), "latin1"),
  bytesOf(listing("10.0.0.2"), "utf16le"),
]

for (const [name, parts] of [
  ["cmd.exe, then PowerShell's >>", [plain, wide]],
  ["PowerShell, then cmd.exe's >>", [mark, wide, plain]],
  ["UTF-16 without a mark, then plain, then UTF-16", [wide, plain, wide]],
  ["far more plain text than is looked at first", [...Array(200).fill(plain), wide]],
] as const) {
  test(`a file that changes its encoding loses no row: ${name}`, () => {
    const { observations } = readText("netstat.txt", Buffer.concat(parts))
    const rows = parts.filter((part) => part !== mark).length * 3
    assert.equal(observations.filter(({ kind }) => kind === "socket").length, rows)
    assert.equal(observations.length, rows)
  })
}
