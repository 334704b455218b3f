/**
 * Titles and column headers that announce a netstat table, in the languages Windows speaks, and the
 * command line that people paste above it. A table in an unknown language is recognised by the
 * shape of its rows; the words here only name the language and recognise a table without rows.
 * Wording from public captures.
 */

/** How one language words the Windows table: title, local, foreign. All lower case. */
export type Wording = readonly [language: string, title: string, local: string, foreign: string]

/** Every wording that is known. */
export const WINDOWS_WORDINGS: readonly Wording[] = [
  ["English", "active connections", "local address", "foreign address"],
  ["German", "aktive verbindungen", "lokale adresse", "remoteadresse"],
  ["German", "aktive verbindungen", "lokale adresse", "remote-adresse"],
  ["French", "connexions actives", "adresse locale", "adresse distante"],
  ["Spanish", "conexiones activas", "dirección local", "dirección remota"],
  ["Spanish", "conexiones activas", "dirección local", "dirección externa"],
  ["Italian", "connessioni attive", "indirizzo locale", "indirizzo esterno"],
  ["Portuguese", "conexões ativas", "endereço local", "endereço externo"],
  ["Portuguese", "conexões ativas", "endereço local", "endereço remoto"],
  ["Portuguese (Portugal)", "ligações activas", "endereço local", "endereço externo"],
  ["Polish", "aktywne połączenia", "adres lokalny", "obcy adres"],
  ["Polish", "aktywne połączenia", "adres lokalny", "adres obcy"],
  ["Russian", "активные подключения", "локальный адрес", "внешний адрес"],
  ["Ukrainian", "активні підключення", "локальна адреса", "зовнішня адреса"],
  ["Japanese", "アクティブな接続", "ローカル アドレス", "外部アドレス"],
  ["Chinese (simplified)", "活动连接", "本地地址", "外部地址"],
  ["Chinese (traditional)", "使用中連線", "本機位址", "外部位址"],
  ["Korean", "활성 연결", "로컬 주소", "외부 주소"],
  ["Dutch", "actieve verbindingen", "lokaal adres", "extern adres"],
  ["Czech", "aktivní připojení", "místní adresa", "cizí adresa"],
  ["Swedish", "aktiva anslutningar", "lokal adress", "extern adress"],
  ["Norwegian", "aktive tilkoblinger", "lokal adresse", "ekstern adresse"],
  ["Danish", "aktive forbindelser", "lokal adresse", "fjernadresse"],
  ["Finnish", "aktiiviset yhteydet", "paikallinen osoite", "vieras osoite"],
  ["Hungarian", "aktív kapcsolatok", "helyi cím", "idegen cím"],
  ["Turkish", "etkin bağlantılar", "yerel adres", "yabancı adres"],
  ["Greek", "ενεργές συνδέσεις", "τοπική διεύθυνση", "ξένη διεύθυνση"],
]

/** What a line says about a Windows table. */
export type WindowsHeading = { readonly kind: "title" | "header"; readonly language: string }

/** A part of every wording's title and local address, or a letter outside ASCII: most lines have neither. */
const mayBeHeading = new RegExp(
  [
    "onnecti|erbindung|onnexion|conexion|onnession|aktywne|verbinding|anslutning|tilkobling",
    "forbindelse|yhteyde|addres|adres|indirizzo|osoite|[^\\x00-\\x7f]",
  ].join("|"),
  "i",
)

/** The heading a line is, in any known language. */
export function windowsHeadingOf(line: string): WindowsHeading | undefined {
  if (!mayBeHeading.test(line)) return undefined
  const text = line.trim().toLowerCase().replace(/\s+/g, " ")
  // Unix headers word the addresses the same way but have queues.
  if (text.length < 4 || text.length > 120 || /\S-q /.test(text)) return undefined
  for (const [language, title, local, foreign] of WINDOWS_WORDINGS) {
    if (text === title || text === `${title}:`) return { kind: "title", language }
    const localAt = text.indexOf(local)
    if (localAt > 0 && text.indexOf(foreign, localAt) > 0) return { kind: "header", language }
  }
  return undefined
}

/**
 * Whether a line looks like a column header in whatever language or mangled encoding: three or more
 * groups of words apart by two blanks, and no digit.
 */
export function isHeaderShaped(line: string): boolean {
  if (line.length < 20 || !/\s\s/.test(line) || /[\d:=|]/.test(line)) return false
  const text = line.trim()
  if (text.length < 20 || text.length > 160) return false
  return text.split(/\s{2,}/).length >= 3
}

/**
 * What was asked of netstat, from a command line in the text ("C:\>netstat -ano", "$ netstat
 * -tan").
 */
export type NetstatCommand = { readonly options: string }

/** The netstat command a line shows; undefined when it shows none. */
export function netstatCommandOf(line: string): NetstatCommand | undefined {
  const at = line.indexOf("netstat")
  if (at < 0) return undefined
  const match =
    /^(?:.{0,200}[>$#%:]\s*|\s*\+?\s*)(?:sudo\s+|\S*[/\\])?netstat(?:\.exe)?((?:\s+\S+)*)\s*$/i
  const found = match.exec(line)
  if (found === null) return undefined
  const command = (found[1] ?? "").split(/[|>;&]/)[0] ?? ""
  const options = command.match(/(?<=\s)[-/][A-Za-z]+/g) ?? []
  return { options: options.map((option) => option.slice(1)).join("") }
}
