/**
 * What programs say about connections without an operating-system error: the client withholds the
 * cause, or a server or a connection pool counts its own clients. Sources: the named programs' own
 * message texts.
 */
import type { KnownError } from "./known-error.ts"

export const PROGRAM_ERRORS = [
  {
    name: "connect-failed",
    family: "program",
    numbers: {},
    aliases: ["ECONNFAILED"],
    texts: {
      curl: ["Couldn't connect to server", "Could not connect to server"],
      mysql: ["Can't connect to MySQL server on"],
      kafka: ["could not be established. Broker may not be available"],
    },
    meaning:
      "the program says only that it could not connect; a number in brackets may say the errno",
    calls: ["connect"],
    source: "curl tool_operate and connect.c, MySQL error 2003",
  },
  {
    name: "server-full",
    family: "program",
    numbers: {},
    aliases: [],
    texts: {
      mysql: ["Too many connections", "has exceeded the 'max_user_connections' resource"],
      postgres: [
        "sorry, too many clients already",
        "remaining connection slots are reserved",
        "too many connections for role",
        "too many connections for database",
      ],
      pgbouncer: ["no more connections allowed"],
      redis: ["max number of clients reached"],
      mongodb: ["connection refused because too many open connections"],
      openssh: ["Exceeded MaxStartups", "Not allowed at this time", "past MaxStartups"],
      oracle: ["ORA-12516", "ORA-12519", "ORA-12520", "ORA-00020"],
      ldap: ["too many open connections"],
      ftp: ["421 Too many users", "421 There are too many connected"],
      smtp: ["421 Too many concurrent", "421 too many connections"],
      nginx: ["worker_connections are not enough"],
    },
    meaning: "the server program counts its clients and has no place: its own limit, not TCP's",
    calls: ["connect", "read"],
    source: "message texts of the named servers",
  },
  {
    name: "pool-exhausted",
    family: "program",
    numbers: {},
    aliases: ["ConnectionPoolTimeoutException", "PoolTimeout"],
    texts: {
      apache: ["Timeout waiting for connection from pool"],
      hikari: ["Connection is not available, request timed out after"],
      dotnet: ["The timeout period elapsed prior to obtaining a connection from the pool"],
      sqlalchemy: ["QueuePool limit of size"],
      urllib3: ["Connection pool is full, discarding connection"],
      node: ["Knex: Timeout acquiring a connection"],
    },
    meaning:
      "the client's own pool of connections is in use: set by the program, no TCP limit reached",
    calls: ["connect"],
    source: "message texts of the named libraries",
  },
  {
    name: "closed-early",
    family: "program",
    errno: "ECONNRESET",
    numbers: {},
    aliases: ["RemoteDisconnected", "IncompleteRead"],
    texts: {
      curl: ["Empty reply from server"],
      python: ["Remote end closed connection without response"],
      ssh: ["Connection closed by remote host", "Connection closed by"],
      nginx: ["upstream prematurely closed connection"],
      java: ["Unexpected end of file from server", "failed to respond"],
    },
    meaning: "the peer took the connection and closed it without an answer",
    calls: ["read"],
    source: "message texts of the named programs",
  },
] as const satisfies readonly KnownError[]
