/**
 * What name resolution says when it fails: getaddrinfo's EAI_* (numbers: glibc netdb.h negative,
 * macOS and FreeBSD positive; libuv its own), Node's ENOTFOUND, and the words of runtimes. The
 * connection was never tried.
 */
import { ERROR_TRANSLATIONS } from "./errors-translations.ts"
import type { KnownError } from "./known-error.ts"

export const RESOLVER_ERRORS = [
  {
    name: "ENOTFOUND",
    family: "resolver",
    numbers: { eai: -2, macos: 8, freebsd: 8, libuv: -3008 },
    aliases: ["EAI_NONAME", "UnknownHostException", "HostNotFound", "NXDOMAIN"],
    texts: {
      ...ERROR_TRANSLATIONS.ENOTFOUND,
      glibc: ["Name or service not known"],
      musl: ["Name does not resolve"],
      bsd: [
        "nodename nor servname provided, or not known",
        "Name or service not known",
        "hostname nor servname provided, or not known",
      ],
      go: ["no such host"],
      curl: ["Could not resolve host", "Couldn't resolve host"],
      wget: ["unable to resolve host address"],
      nginx: ["host not found"],
      ssh: ["Could not resolve hostname"],
      php: ["php_network_getaddresses: getaddrinfo failed"],
      erlang: ["nxdomain"],
    },
    meaning: "the name does not exist: no connection was tried",
    calls: ["resolve"],
    source: "glibc netdb.h, RFC 3493 6.1, libuv uv/errno.h",
  },
  {
    name: "EAI_AGAIN",
    family: "resolver",
    numbers: { eai: -3, macos: 2, freebsd: 2, libuv: -3001 },
    aliases: ["TryAgain"],
    texts: {
      ...ERROR_TRANSLATIONS.EAI_AGAIN,
      glibc: ["Temporary failure in name resolution"],
      go: ["server misbehaving"],
    },
    meaning:
      "the name server did not answer: names, not connections (but DNS may share the shortage)",
    calls: ["resolve"],
    source: "glibc netdb.h, RFC 3493 6.1",
  },
  {
    name: "EAI_FAIL",
    family: "resolver",
    numbers: { eai: -4, macos: 4, freebsd: 4, libuv: -3004 },
    aliases: ["NoRecovery"],
    texts: {
      glibc: ["Non-recoverable failure in name resolution"],
      musl: ["Non-recoverable error"],
    },
    meaning: "the name server answered with a lasting failure",
    calls: ["resolve"],
    source: "glibc netdb.h, RFC 3493 6.1",
  },
  {
    name: "EAI_NODATA",
    family: "resolver",
    numbers: { eai: -5, macos: 7, libuv: -3007 },
    aliases: ["NoData", "ENODATA"],
    texts: {
      glibc: ["No address associated with hostname"],
      node: ["queryA ENODATA"],
    },
    meaning: "the name exists but has no address of the asked family",
    calls: ["resolve"],
    source: "glibc netdb.h",
  },
  {
    name: "EAI_MEMORY",
    family: "resolver",
    numbers: { eai: -10, macos: 6, freebsd: 6, libuv: -3006 },
    aliases: [],
    texts: { glibc: ["Memory allocation failure"] },
    meaning: "the resolver had no memory",
    calls: ["resolve"],
    source: "glibc netdb.h",
  },
  {
    name: "EAI_SYSTEM",
    family: "resolver",
    numbers: { eai: -11, macos: 11, freebsd: 11 },
    aliases: [],
    texts: {},
    meaning: "a system call of the resolver failed; its errno says which (often EMFILE)",
    calls: ["resolve"],
    source: "glibc netdb.h",
  },
] as const satisfies readonly KnownError[]
