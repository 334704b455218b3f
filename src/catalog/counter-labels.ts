/**
 * Labels of `netstat -s` → our counter names. Windows prints "Label = number", Linux net-tools and
 * the BSDs "number label". Compare without regard to case, anywhere in the label. Sources: ReactOS
 * and Windows resource texts, net-tools statistics.c, FreeBSD usr.bin/netstat/inet.c, Apple
 * network_cmds.
 */

/** Windows, section "TCP Statistics for IPv4" or IPv6, English and localized editions. */
export const WINDOWS_LABELS: Readonly<Record<string, readonly string[]>> = {
  TcpActiveOpens: [
    "Active Opens",
    "Aktiv geöffnet",
    "Ouvertures actives",
    "Activos abiertos",
    "Aperture attive",
    "Aberturas ativas",
    "Aktywne otwarcia",
    "Активных открыто",
  ],
  TcpPassiveOpens: [
    "Passive Opens",
    "Passiv geöffnet",
    "Ouvertures passives",
    "Pasivos abiertos",
    "Aperture passive",
    "Aberturas passivas",
    "Pasywne otwarcia",
    "Пассивных открыто",
  ],
  TcpAttemptFails: [
    "Failed Connection Attempts",
    "Erfolglose Verbindungsversuche",
    "Fehlgeschlagene Verbindungsversuche",
    "Tentatives de connexion non réussies",
    "Tentatives de connexion échouées",
    "Intentos de conexión erróneos",
    "Tentativi di connessione non riusciti",
    "Tentativas de conexão falhas",
    "Nieudane próby połączenia",
    "Сбоев при подключении",
  ],
  TcpEstabResets: [
    "Reset Connections",
    "Zurückgesetzte Verbindungen",
    "Connexions réinitialisées",
    "Conexiones restablecidas",
    "Connessioni reimpostate",
    "Conexões redefinidas",
    "Сброшено подключений",
  ],
  TcpCurrEstab: [
    "Current Connections",
    "Aktuelle Verbindungen",
    "Connexions courantes",
    "Connexions actuelles",
    "Conexiones actuales",
    "Connessioni correnti",
    "Conexões atuais",
    "Текущих подключений",
  ],
  TcpInSegs: ["Segments Received", "Empfangene Segmente", "Segments reçus", "Segmentos recibidos"],
  TcpOutSegs: ["Segments Sent", "Gesendete Segmente", "Segments envoyés", "Segmentos enviados"],
  TcpRetransSegs: [
    "Segments Retransmitted",
    "Erneut übertragene Segmente",
    "Segments retransmis",
    "Segmentos retransmitidos",
    "Segmenti ritrasmessi",
    "Retransmitowane segmenty",
    "Повторно отправлено сегментов",
  ],
}

/** Linux net-tools. Sections Tcp and TcpExt. */
export const LINUX_LABELS: Readonly<Record<string, readonly string[]>> = {
  TcpActiveOpens: ["active connection openings", "active connections openings"],
  TcpPassiveOpens: ["passive connection openings", "passive connections openings"],
  TcpAttemptFails: ["failed connection attempts"],
  TcpEstabResets: ["connection resets received"],
  TcpCurrEstab: ["connections established"],
  TcpInSegs: ["segments received", "segments sent in"],
  TcpOutSegs: ["segments sent out", "segments send out"],
  TcpRetransSegs: ["segments retransmitted", "segments retransmited"],
  TcpInErrs: ["bad segments received"],
  TcpOutRsts: ["resets sent"],
  IpOutNoRoutes: [
    "dropped because of missing route",
    "outgoing packets dropped because of missing",
  ],
  TcpExtListenOverflows: ["times the listen queue of a socket overflowed"],
  TcpExtListenDrops: ["SYNs to LISTEN sockets dropped", "SYNs to LISTEN sockets ignored"],
  TcpExtSyncookiesSent: ["SYN cookies sent"],
  TcpExtSyncookiesRecv: ["SYN cookies received"],
  TcpExtSyncookiesFailed: ["invalid SYN cookies received"],
  TcpExtEmbryonicRsts: ["resets received for embryonic SYN_RECV sockets"],
  TcpExtTW: ["TCP sockets finished time wait in fast timer"],
  TcpExtTWRecycled: ["time wait sockets recycled by time stamp"],
  TcpExtTWKilled: ["TCP sockets finished time wait in slow timer"],
  TcpExtPAWSEstab: [
    "packetes rejected in established connections because of timestamp",
    "packets rejects in established connections because of timestamp",
  ],
  TcpExtTCPTimeouts: ["other TCP timeouts"],
  TcpExtTCPAbortOnMemory: ["connections aborted due to memory pressure"],
  TcpExtTCPAbortOnTimeout: ["connections aborted due to timeout"],
  TcpExtTCPMemoryPressures: ["times that TCP ran low on memory", "TCP ran low on memory"],
  TcpExtTCPFastRetrans: ["fast retransmits"],
  TcpExtLockDroppedIcmps: ["ICMP packets dropped because socket was locked"],
}

/** FreeBSD and macOS, section tcp. */
export const BSD_LABELS: Readonly<Record<string, readonly string[]>> = {
  TcpActiveOpens: ["connection requests"],
  TcpPassiveOpens: ["connection accepts"],
  TcpAttemptFails: ["embryonic connections dropped", "embryonic connection dropped"],
  TcpOutSegs: ["packets sent"],
  TcpInSegs: ["packets received"],
  TcpRetransSegs: ["data packets retransmitted", "data packet retransmitted"],
  TcpExtListenOverflows: ["listen queue overflows", "listen queue overflow"],
  TcpExtTCPTimeouts: ["retransmit timeouts", "retransmit timeout"],
  TcpExtTCPAbortOnTimeout: ["connections dropped by rexmit timeout"],
  TcpExtSyncookiesSent: ["cookies sent"],
  TcpExtSyncookiesRecv: ["cookies received"],
}
