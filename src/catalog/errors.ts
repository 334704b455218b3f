/**
 * What programs say when a connection fails: one table over all families. A WSA or Win32 entry
 * keeps its own canonical name and names the errno that says the same.
 */
import { ERRNO_ERRORS } from "./errors-errno.ts"
import { PROGRAM_ERRORS } from "./errors-program.ts"
import { RESOLVER_ERRORS } from "./errors-resolver.ts"
import { SYSTEM_ERRORS } from "./errors-system.ts"
import { WINSOCK_ERRORS } from "./errors-winsock.ts"
import type { KnownError } from "./known-error.ts"

/** Every known error; names are unique. */
export const ERRORS: readonly KnownError[] = [
  ...ERRNO_ERRORS,
  ...RESOLVER_ERRORS,
  ...WINSOCK_ERRORS,
  ...SYSTEM_ERRORS,
  ...PROGRAM_ERRORS,
]
