/**
 * Connection states as the many dialects of netstat, lsof and PowerShell print them. Most localized
 * Windows print the English words, German and some older ones do not; net-tools translates a few in
 * German, Czech and Portuguese (its message catalogues). Words differ in case, hyphen, underscore
 * and blank, so a word is compared in a normal form; letters outside ASCII that a wrong code page
 * has mangled match any letter.
 */
import type { State } from "../model/state.ts"

const words: Readonly<Record<State, string>> = {
  LISTEN: `LISTEN LISTENING ABHÖREN ABHOEREN ABHÖRT LAUSCHEN ÉCOUTE À_L'ÉCOUTE EN_ÉCOUTE
    ECOUTE ESCUCHANDO ESCUCHAR ESCUCHA A_LA_ESCUCHA IN_ASCOLTO ASCOLTO À_ESCUTA ESCUTA ESCUTANDO
    OUVINDO OUÇA NASŁUCHIWANIE NASŁUCH ПРОСЛУШИВАНИЕ СЛУШАЕТ 受信待ち リッスン LUISTEREN LUISTEREND
    NASLOUCHÁ NASLOUCHÁNÍ LYSSNAR LYSSNANDE DİNLENİYOR DINLENIYOR DİNLEME LYTTER KUUNTELEE
    KUUNTELU FIGYELÉS FIGYEL 侦听 正在侦听 監聽 正在聆聽 수신_대기 수신대기`,
  "SYN-SENT": `SYN_SENT SYN_SEND SYNSENT SYN_GESENDET SYN_ENVIADO SYN_INVIATO SYN_ENVOYÉ
    SYN_WYSŁANO SYN_VERZONDEN SYN_SKICKAT SYN_ODESLÁN`,
  "SYN-RECEIVED": `SYN_RECEIVED SYN_RECV SYN_RCVD SYN_RCV SYN_REC SYNRECEIVED SYNRCVD
    NEW_SYN_RECV SYN_EMPFANGEN SYN_RECIBIDO SYN_RECEBIDO SYN_RICEVUTO SYN_REÇU SYN_ODEBRANO
    SYN_ONTVANGEN SYN_MOTTAGET SYN_PŘIJAT`,
  ESTABLISHED: `ESTABLISHED ESTAB ESTABLISH HERGESTELLT VERBUNDEN ÉTABLI ÉTABLIE ETABLIE
    CONNECTÉ ESTABLECIDO ESTABLECIDA STABILITO STABILITA CONNESSO ESTABELECIDO ESTABELECIDA
    USTANOWIONO USTANOWIONE NAWIĄZANO УСТАНОВЛЕНО УСТАНОВЛЕНА 確立 確立済み SPOJENO NAVÁZÁNO
    UPPRÄTTAD ETABLERAD GEMAAKT TOT_STAND_GEBRACHT KURULDU BAĞLANDI ETABLERET ETABLERT
    MUODOSTETTU LÉTREHOZVA 已建立 已建立連線 설정됨 연결됨`,
  "FIN-WAIT-1": `FIN_WAIT_1 FIN_WAIT1 FINWAIT1 FIN_WARTEN_1 FIN_WARTEN1 ESPERA_FIN1
    ESPERA_FIN_1 FIN_ATTENTE_1 FIN_OCZEKIWANIE_1`,
  "FIN-WAIT-2": `FIN_WAIT_2 FIN_WAIT2 FINWAIT2 FIN_WARTEN_2 FIN_WARTEN2 ESPERA_FIN2
    ESPERA_FIN_2 FIN_ATTENTE_2 FIN_OCZEKIWANIE_2`,
  "CLOSE-WAIT": `CLOSE_WAIT CLOSEWAIT SCHLIESSEN_WARTEN SCHLIEßEN_WARTEN WARTEN_SCHLIESSEN
    ESPERANDO_FECHAR ESPERA_CERRAR ESPERANDO_CIERRE ATTESA_CHIUSURA FERMETURE_EN_ATTENTE
    OCZEKIWANIE_NA_ZAMKNIĘCIE ZAMKNIĘCIE_OCZEKUJE CZEKANIE_NA_ZAMKNIĘCIE`,
  CLOSING: `CLOSING SCHLIESSEND SCHLIEßEND WIRD_GESCHLOSSEN FECHANDO CERRANDO IN_CHIUSURA
    FERMETURE ZAMYKANIE ZAVÍRÁ`,
  "LAST-ACK": `LAST_ACK LASTACK LETZTE_BESTÄTIGUNG LETZTES_ACK LETZTE_ACK ÚLTIMO_ACK
    ULTIMO_ACK DERNIER_ACK OSTATNIE_ACK POSLEDNÍ_ACK`,
  "TIME-WAIT": `TIME_WAIT TIMEWAIT TIMED_WAIT TIMED-WAIT WARTEND ZEITWARTEN ZEIT_WARTEN
    TIEMPO_ESPERA TIEMPO_DE_ESPERA TEMPO_ATTESA ATTENTE CZAS_OCZEKIWANIA OCZEKIWANIE 終了待ち
    ОЖИДАНИЕ`,
  CLOSED: `CLOSED CLOSE DELETE_TCB DELETETCB GESCHLOSSEN FECHAR FECHADO CERRADO CHIUSO FERMÉ
    ZAMKNIĘTE ZAVŘEN IDLE`,
  BOUND: "BOUND GEBUNDEN LIÉ ENLAZADO ASSOCIATO VINCULADO POWIĄZANO",
}

const exact: ReadonlyMap<string, State> = new Map(
  (Object.entries(words) as [State, string][]).flatMap(([state, list]) =>
    list.split(/\s+/).map((word) => [normalOf(word), state] as const),
  ),
)

const mangled: ReadonlyMap<string, State> = mangledWords()

/** The state a word of any known dialect means; undefined when none does. */
export function stateOfWord(word: string): State | undefined {
  const normal = normalOf(word)
  return (
    exact.get(normal) ?? (isAscii(normal) ? questioned(normal) : mangled.get(skeletonOf(normal)))
  )
}

/** The state a cut word can only be the beginning of; undefined when none or several. */
export function stateOfPrefix(prefix: string): State | undefined {
  const normal = normalOf(prefix)
  if (normal.length < 2) return undefined
  let found: State | undefined
  for (const [word, state] of exact) {
    if (!word.startsWith(normal)) continue
    if (found !== undefined && found !== state) return undefined
    found = state
  }
  return found
}

/** Whether the text is a proper beginning of some state word. */
export function beginsStateWord(prefix: string): boolean {
  const normal = normalOf(prefix)
  for (const word of exact.keys()) {
    if (word.length > normal.length && word.startsWith(normal)) return true
  }
  return false
}

function normalOf(word: string): string {
  return word
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, "_")
    .replaceAll("’", "'")
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** "ABH?REN": a converter has replaced what it could not write. */
function questioned(normal: string): State | undefined {
  return normal.includes("?") ? mangled.get(skeletonOf(normal)) : undefined
}

/** Runs of anything but ASCII letters, digits and underscore count as one unknown letter. */
function skeletonOf(normal: string): string {
  return normal.replace(/[^A-Z0-9_]+/g, "?")
}

function mangledWords(): ReadonlyMap<string, State> {
  const skeletons = new Map<string, State | undefined>()
  for (const [word, state] of exact) {
    const skeleton = skeletonOf(word)
    // Too little is left of words in other scripts to recognise them by.
    if (skeleton === word || skeleton.replaceAll("?", "").length < 4) continue
    const known = skeletons.get(skeleton)
    skeletons.set(skeleton, known !== undefined && known !== state ? undefined : state)
  }
  const sure = [...skeletons].filter((entry): entry is [string, State] => entry[1] !== undefined)
  return new Map(sure)
}
