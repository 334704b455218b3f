/** Reports for terminals that are not UTF-8. */

const forms: Readonly<Record<string, string>> = {
  "→": ">",
  "…": "~",
  "–": "-",
  "−": "-",
  "·": ",",
  "•": "*",
  "×": "x",
  "✓": "+",
  "✗": "!",
}

/** One ASCII character for each other one, so that columns stay aligned. */
export function asciiOf(text: string): string {
  return text.replace(/[^\u0000-\u007f]/gu, (character) => forms[character] ?? "?")
}
