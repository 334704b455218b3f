/** The JSON report: the diagnosis as it is (`fourtuple.diagnosis/1`), indented by two. */
import type { Diagnosis } from "../model/diagnosis.ts"

/** One document that ends with a line end; control characters are escaped, so a terminal is safe. */
export function writeJson(diagnosis: Diagnosis): string {
  return `${jsonText(diagnosis, 2)}\n`
}

/** JSON text in which DEL, C1 and line separators are escapes as well (RFC 8259 lets them stand raw). */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
