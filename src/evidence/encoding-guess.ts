/**
 * Tells a single-byte or East Asian encoding from a sample of text that is not UTF-8. Every
 * candidate is tried: characters that its languages use count for it, more so in a word that
 * consoles are known to print; symbols, frames or another script in the middle of a word count
 * against it.
 */
import { CODE_PAGES, type CodePage } from "./code-pages.ts"

const western = "àâäåæçèéêëìíîïñòóôöøùúûüßãõœÀÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜÃÕŒ¿¡°«»ºª€£§©®–—‘’“”…"
const central =
  "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰäöüÄÖÜßăâîĂÂÎşţŞŢđĐľĺŕ°«»€§–—„”“…"
const turkish = "çğıöşüÇĞİÖŞÜâîû"
const greek = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ"
const cyrillic = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁІЇЄҐ«»№–—"
const japanese =
  "接続状態外部内部宛先送受信確立待機応答時間統計情報動的範囲開始数終了処理値設定有効無効"
const chinese =
  "活动连接协议本地址外部状态监听建立已用端口动态范围开始的是不数据包发送接收失败统计信息正在等待关闭名称" +
  "使用中連線協定機位狀態埠號"
const korean =
  "활성연결프로토콜컬주소외부상태수신대기설정됨시작포트범위동적개의통계패킷전송오류이다를에서"

/** Words of console outputs that hold a letter outside ASCII, lower case. */
const words = `
  état établi établie à l'écoute écoute délai dépassé réponse réseau système échoué échec
  numéro début activé désactivé mémoire démarrage paramètres médiane problème opération réussi
  éléments reçus envoyés segments abhören größe verfügbar übertragen bestätigung verbindungen
  für öffnen ungültig gültig zurückgesetzt schließen erhöht geöffnet läuft zulässig
  überschreitung schnittstelle besitzerinformationen können dirección conexión número
  estadísticas máximo recepción envío inválido está más así también páginas connessione è già
  perché così più velocità indirizzo endereço não conexão conexões número máximo ligações
  estatísticas início está à escuta você informações protokół połączenia nasłuchiwanie sieć
  błąd można zostało się została dostępny początkowy liczba portów połączeń ustanowiono místní
  připojení naslouchání cizí číslo není byl příkaz počet adresář aktivní spojení místo yerel
  bağlantılar yabancı dinleniyor değil başarıyla állapot helyi cím kapcsolatok idegen får från
  på är och för att anslutningar största på økt også får ikke være åpne forbindelser lähde
  päällä näyttö yhteydet osoite имя локальный адрес внешний состояние активные подключения
  порт начальный число портов не удалось ошибка время ожидания превышено протокол статистика
`
  .split(/\s+/)
  .filter((word) => /[^\x20-\x7e]/.test(word))

type Candidate = {
  readonly encoding: string
  readonly common: string
  /** Two bytes make one character. */
  readonly isWide?: boolean
}

/** The order breaks ties. */
const candidates: readonly Candidate[] = [
  { encoding: "windows-1252", common: western },
  { encoding: "cp850", common: western },
  { encoding: "windows-1250", common: central },
  { encoding: "cp852", common: central },
  { encoding: "windows-1251", common: cyrillic },
  { encoding: "ibm866", common: cyrillic },
  { encoding: "koi8-r", common: cyrillic },
  { encoding: "windows-1254", common: turkish },
  { encoding: "cp857", common: turkish },
  { encoding: "windows-1253", common: greek },
  { encoding: "cp737", common: greek },
  { encoding: "cp437", common: western },
  { encoding: "cp865", common: western },
  { encoding: "shift_jis", common: japanese, isWide: true },
  { encoding: "gb18030", common: chinese, isWide: true },
  { encoding: "big5", common: chinese, isWide: true },
  { encoding: "euc-kr", common: korean, isWide: true },
  { encoding: "euc-jp", common: japanese, isWide: true },
]

/**
 * The encoding that explains the sample best; the sample holds bytes above 0x7F and is not UTF-8.
 */
export function guessEncoding(sample: Uint8Array): string {
  const bytes = interestingPart(sample)
  let best = "windows-1252"
  let bestScore = Number.NEGATIVE_INFINITY
  for (const candidate of candidates) {
    const score = scoreOf(decodeSample(bytes, candidate.encoding), candidate)
    if (score > bestScore) {
      best = candidate.encoding
      bestScore = score
    }
  }
  return best
}

/** A decoder's function for a whole sample. */
function decodeSample(bytes: Uint8Array, encoding: string): string {
  return encoding in CODE_PAGES
    ? decodeCodePage(bytes, encoding as CodePage)
    : new TextDecoder(encoding).decode(bytes)
}

/** Bytes in a DOS code page → text. */
export function decodeCodePage(bytes: Uint8Array, page: CodePage): string {
  const upper = CODE_PAGES[page]
  const parts: string[] = []
  const codes = new Array<number>(Math.min(bytes.length, 4096))
  for (let start = 0; start < bytes.length; start += 4096) {
    const length = Math.min(4096, bytes.length - start)
    codes.length = length
    for (let index = 0; index < length; index++) {
      const byte = bytes[start + index] ?? 0
      codes[index] = byte < 128 ? byte : upper.charCodeAt(byte - 128)
    }
    parts.push(String.fromCharCode(...codes))
  }
  return parts.join("")
}

const sampleMax = 16_384
const linesAround = 200

/** The lines with bytes above 0x7F; the rest says nothing. */
function interestingPart(sample: Uint8Array): Uint8Array {
  const kept: number[] = []
  let lineStart = 0
  let isWanted = false
  let lines = 0
  for (let at = 0; at <= sample.length && lines < linesAround; at++) {
    const byte = sample[at] ?? 10
    if (byte > 127) isWanted = true
    if (byte !== 10) continue
    if (isWanted) {
      for (let index = lineStart; index <= at && index < sample.length; index++) {
        kept.push(sample[index] ?? 10)
      }
      lines++
      if (kept.length > sampleMax) break
    }
    isWanted = false
    lineStart = at + 1
  }
  return Uint8Array.from(kept.slice(0, sampleMax))
}

function scoreOf(text: string, candidate: Candidate): number {
  const lower = text.toLowerCase()
  let score = 0
  for (const word of words) if (lower.includes(word)) score += candidate.isWide === true ? 0 : 6
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 128) continue
    score += scoreAt(text, at, candidate)
  }
  return score
}

function scoreAt(text: string, at: number, candidate: Candidate): number {
  const char = text.charAt(at)
  const code = text.charCodeAt(at)
  if (code === 0xfffd || (code >= 0x80 && code < 0xa0)) return -6
  // Wide scripts: a familiar character is strong, an unfamiliar one says that the bytes mean
  // something else.
  if (candidate.isWide === true) {
    if (isKana(code) || candidate.common.includes(char)) return 4
    return code >= 0xff61 && code <= 0xff9f ? -2 : -0.5
  }
  const before = text.charAt(at - 1)
  const after = text.charAt(at + 1)
  if (!/\p{L}/u.test(char)) {
    const isInWord = /\p{L}/u.test(before) && /\p{L}/u.test(after)
    const isJoiner = char === "’" || char === "\u00a0" || char === "·"
    if (isInWord && !isJoiner) return -4
    return candidate.common.includes(char) ? 0 : -0.6
  }
  if (isMixed(code, before) || isMixed(code, after)) return -4
  if (!candidate.common.includes(char)) return -1
  const isUpperInside = isUpper(char) && /\p{Ll}/u.test(before)
  return isUpperInside ? -2 : 2
}

function isKana(code: number): boolean {
  return code >= 0x3040 && code <= 0x30ff
}

function isUpper(char: string): boolean {
  return char !== char.toLowerCase()
}

/** A Cyrillic or Greek letter beside a Latin one. */
function isMixed(code: number, neighbour: string): boolean {
  return code >= 0x370 && code < 0x530 && /[A-Za-z]/.test(neighbour)
}
