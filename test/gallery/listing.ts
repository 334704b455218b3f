/**
 * Writes long listings in the shape of real programs, so that a saved case of sixteen thousand rows is ten lines of
 * JSON. The shapes follow captures of net-tools 2.10, iproute2 6.1, conntrack-tools 1.4.7, Windows netstat,
 * Get-NetTCPConnection, macOS and FreeBSD netstat.
 */

/** Rows that differ in one port (or target) each. */
export type Rows = {
  readonly count: number
  /** RFC 9293's spelling. */
  readonly state: string
  readonly local: string
  /** Local port of the first row; the next ones follow by `step`. */
  readonly port: number
  readonly step?: number
  /** "10.0.0.9:443". With {n} the number of the row, with {p} a far ephemeral port. */
  readonly remote: string
  /** From which number {n} counts. */
  readonly from?: number
  readonly pid?: number
  readonly process?: string
  readonly receiveQueue?: number
  readonly sendQueue?: number
  /** Extra columns, as they stand: 'timer:(on,2.1sec,3)'. */
  readonly extra?: string
}

export type ListingKind =
  | "ss"
  | "netstat-linux"
  | "netstat-windows"
  | "netstat-windows-nt"
  | "netstat-windows-german"
  | "netstat-macos"
  | "netstat-freebsd"
  | "get-nettcpconnection-csv"
  | "conntrack"

type Row = {
  readonly state: string
  readonly local: string
  readonly localPort: number
  readonly remote: string
  readonly remotePort: string
  readonly rows: Rows
}

/** The whole listing as text, with the program's own header. */
export function writeListing(kind: ListingKind, groups: readonly Rows[]): string {
  const { head, line, end } = writers[kind]
  const lines = groups.flatMap((rows) => rowsOf(rows).map(line))
  return [...head, ...lines, ""].join(end ?? "\n")
}

function rowsOf(rows: Rows): readonly Row[] {
  return Array.from({ length: rows.count }, (_, index) => {
    const far = 32768 + ((index * 7919 + rows.port) % 28000)
    const text = rows.remote
      .replace("{n}", String((rows.from ?? 1) + index))
      .replace("{p}", String(far))
    const colon = text.lastIndexOf(":")
    return {
      state: rows.state,
      local: rows.local,
      localPort: rows.port + index * (rows.step ?? 1),
      remote: text.slice(0, colon),
      remotePort: text.slice(colon + 1),
      rows,
    }
  })
}

type Writer = {
  readonly head: readonly string[]
  readonly line: (row: Row) => string
  readonly end?: string
}

const ssStates: Readonly<Record<string, string>> = {
  ESTABLISHED: "ESTAB",
  "SYN-RECEIVED": "SYN-RECV",
}

const windowsStates: Readonly<Record<string, string>> = {
  LISTEN: "LISTENING",
  "SYN-RECEIVED": "SYN_RECEIVED",
}

const germanStates: Readonly<Record<string, string>> = {
  LISTEN: "ABHÖREN",
  ESTABLISHED: "HERGESTELLT",
  "TIME-WAIT": "WARTEND",
  "SYN-SENT": "SYN_GESENDET",
  "CLOSE-WAIT": "SCHLIESSEN_WARTEN",
}

const unixStates: Readonly<Record<string, string>> = { "SYN-RECEIVED": "SYN_RECV" }

const powershellStates: Readonly<Record<string, string>> = {
  LISTEN: "Listen",
  ESTABLISHED: "Established",
  "TIME-WAIT": "TimeWait",
  "SYN-SENT": "SynSent",
  "CLOSE-WAIT": "CloseWait",
  BOUND: "Bound",
}

function underscored(state: string, words: Readonly<Record<string, string>> = {}): string {
  return words[state] ?? state.replaceAll("-", "_")
}

function windowsLine(row: Row, words: Readonly<Record<string, string>>): string {
  const local = `${row.local}:${row.localPort}`.padEnd(23)
  const remote = `${row.remote}:${row.remotePort}`.padEnd(23)
  const state = underscored(row.state, words).padEnd(16)
  return `  TCP    ${local}${remote}${state}${row.rows.pid ?? 0}`
}

function dotted(row: Row): string {
  const local = `${row.local}.${row.localPort}`.padEnd(22)
  const remote = `${row.remote}.${row.remotePort}`.padEnd(22)
  return `tcp4  ${queues(row)}  ${local} ${remote} ${underscored(row.state)}`
}

function queues({ rows }: Row): string {
  return `${rows.receiveQueue ?? 0}`.padStart(6) + ` ${rows.sendQueue ?? 0}`.padStart(7)
}

function conntrackLine(row: Row): string {
  const { extra = "" } = row.rows
  const state = underscored(row.state, unixStates)
  const forth = `src=${row.local} dst=${row.remote} sport=${row.localPort} dport=${row.remotePort}`
  // `extra` is the translator's outside address: the reply goes there, to the port it was given.
  const back = extra === "" ? row.local : extra
  const reply = `src=${row.remote} dst=${back} sport=${row.remotePort} dport=${row.localPort}`
  const isOpening = row.state === "SYN-SENT"
  const middle = isOpening ? `${forth} [UNREPLIED] ${reply}` : `${forth} ${reply} [ASSURED]`
  return `tcp      6 ${isOpening ? 113 : 86399} ${state} ${middle} mark=0 use=1`
}

const bsdHead = [
  "Active Internet connections (including servers)",
  "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)",
]

const writers: Readonly<Record<ListingKind, Writer>> = {
  ss: {
    head: [
      "State     Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess                             ",
    ],
    line: (row) => {
      const { pid, process, extra, receiveQueue = 0, sendQueue = 0 } = row.rows
      const state = (ssStates[row.state] ?? row.state).padEnd(9)
      const user = process === undefined ? "" : ` users:(("${process}",pid=${pid},fd=7))`
      const ends = `${row.local}:${row.localPort} ${row.remote}:${row.remotePort}`
      return `${state} ${receiveQueue} ${sendQueue} ${ends}${user}${extra === undefined ? "" : ` ${extra}`}`
    },
  },
  "netstat-linux": {
    head: [
      "Active Internet connections (servers and established)",
      "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ",
    ],
    line: (row) => {
      const { pid, process } = row.rows
      const local = `${row.local}:${row.localPort}`.padEnd(23)
      const remote = `${row.remote}:${row.remotePort}`.padEnd(23)
      const state = underscored(row.state, unixStates).padEnd(11)
      const user = process === undefined ? "-" : `${pid}/${process}`
      return `tcp   ${queues(row)} ${local} ${remote} ${state} ${user.padEnd(20)}`
    },
  },
  "netstat-windows": {
    head: [
      "",
      "Active Connections",
      "",
      "  Proto  Local Address          Foreign Address        State           PID",
    ],
    line: (row) => windowsLine(row, windowsStates),
    end: "\r\n",
  },
  "netstat-windows-nt": {
    head: [
      "",
      "Active Connections",
      "",
      "  Proto  Local Address          Foreign Address        State",
    ],
    // NT 4.0 has no PID column.
    line: (row) =>
      windowsLine(row, windowsStates)
        .trimEnd()
        .replace(/ +\d+$/, ""),
    end: "\r\n",
  },
  "netstat-windows-german": {
    head: [
      "",
      "Aktive Verbindungen",
      "",
      "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
    ],
    line: (row) => windowsLine(row, germanStates),
    end: "\r\n",
  },
  "netstat-macos": { head: bsdHead, line: dotted },
  "netstat-freebsd": { head: bsdHead, line: dotted },
  "get-nettcpconnection-csv": {
    head: ['"LocalAddress","LocalPort","RemoteAddress","RemotePort","State","OwningProcess"'],
    line: (row) => {
      const state = powershellStates[row.state] ?? row.state
      const cells = [row.local, row.localPort, row.remote, row.remotePort, state, row.rows.pid ?? 0]
      return cells.map((cell) => `"${cell}"`).join(",")
    },
    end: "\r\n",
  },
  conntrack: { head: [], line: conntrackLine },
}

/** Attempts of a client, one JSON object a line. */
export type Attempts = {
  readonly count: number
  readonly to: string
  /** With {n} in the host: from which number. */
  readonly from?: number
  readonly error?: string
  readonly call?: string
  readonly ms: number
  readonly everyMs: number
  /** Seconds since 1970 of the first. */
  readonly start: number
}

/** The attempts of all groups in order of time. */
export function writeAttempts(groups: readonly Attempts[]): string {
  const lines = groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) => {
      const to = group.to.replace("{n}", String((group.from ?? 1) + index))
      const colon = to.lastIndexOf(":")
      const time = group.start + (index * group.everyMs + group.ms) / 1000
      const record = {
        time: new Date(time * 1000).toISOString(),
        level: group.error === undefined ? "info" : "error",
        msg: group.error === undefined ? "connected" : "connect failed",
        host: to.slice(0, colon),
        port: Number(to.slice(colon + 1)),
        ok: group.error === undefined,
        ...(group.error === undefined
          ? {}
          : { code: group.error, syscall: group.call ?? "connect" }),
        ms: group.ms,
      }
      return { time, line: JSON.stringify(record) }
    }),
  )
  lines.sort((a, b) => a.time - b.time)
  return `${lines.map(({ line }) => line).join("\n")}\n`
}

/** Results of `net use \\host\ipc$`, one target each. */
export type NetUses = {
  readonly count: number
  readonly host: string
  readonly from?: number
  readonly error?: number
}

const netErrors: Readonly<Record<number, readonly string[]>> = {
  53: ["The network path was not found."],
  64: ["The specified network name is no longer available."],
  71: [
    "No more connections can be made to this remote computer at this time because there are already as many connections as the computer can accept.",
  ],
  1203: [
    "No network provider accepted the given network path.",
    "",
    "More help is available by typing NET HELPMSG 3534.",
  ],
}

/** The transcript of a batch file that connects to one target after another. */
export function writeNetUses(groups: readonly NetUses[]): string {
  const lines = groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, index) => {
      const host = group.host.replace("{n}", String((group.from ?? 1) + index).padStart(3, "0"))
      const { error } = group
      const outcome =
        error === undefined
          ? ["The command completed successfully."]
          : [`System error ${error} has occurred.`, "", ...(netErrors[error] ?? [])]
      return ["", `C:\\mgmt>Net use \\\\${host}\\ipc$`, ...outcome, ""]
    }).flat(),
  )
  return `${lines.join("\r\n")}\r\n`
}
