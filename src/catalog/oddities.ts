/**
 * Every malformation a reader may name. `severity`: note = read all the same; warning = something was
 * skipped; error = the rest of the section could not be read.
 */
export const ODDITIES = {
  "line-too-long": { severity: "warning", meaning: "A line over 1 MiB was skipped" },
  "row-malformed": {
    severity: "warning",
    meaning: "A table row could not be read and was skipped",
  },
  "row-truncated": { severity: "warning", meaning: "A row ends in the middle: the text was cut" },
  "row-wrapped": {
    severity: "note",
    meaning: "A row was wrapped by a narrow console and was joined again",
  },
  "state-unknown": { severity: "warning", meaning: "A connection state that no dialect knows" },
  "port-unknown": { severity: "note", meaning: "A service name that no table of services knows" },
  "value-malformed": {
    severity: "warning",
    meaning: "A value is not of the kind its name requires",
  },
  "value-out-of-range": { severity: "warning", meaning: "A value is outside its documented range" },
  "section-truncated": { severity: "warning", meaning: "A section ends before it is complete" },
  "section-too-large": {
    severity: "error",
    meaning: "A document section is larger than can be held; the rest is skipped",
  },
  "binary-file": { severity: "warning", meaning: "The file is not text and no reader knows it" },
  "format-unknown": { severity: "note", meaning: "No reader recognised anything in the file" },
  "encoding-guessed": { severity: "note", meaning: "The encoding was inferred from the text" },
  "key-misspelt": {
    severity: "note",
    meaning: "A known name in a known misspelling was read as the right one",
  },
  "key-duplicated": {
    severity: "note",
    meaning: "A key stands twice in one section of an INI file",
  },
  "key-unknown": { severity: "note", meaning: "A key that the format does not have was left out" },
  "record-malformed": {
    severity: "warning",
    meaning: "A record of a binary file could not be read and was skipped",
  },
  "header-malformed": {
    severity: "note",
    meaning: "The header of a binary file is damaged; the rest was read without it",
  },
  "chunk-malformed": {
    severity: "warning",
    meaning: "A chunk of an event log is cut or has no header; what is whole in it was read",
  },
  "checksum-mismatch": {
    severity: "note",
    meaning: "A checksum does not fit what it covers, which was read all the same",
  },
  "date-unknown": {
    severity: "note",
    meaning: "Times have no date: they are right among themselves only",
  },
  "time-zone-unknown": {
    severity: "note",
    meaning: "Times are local and nothing names their zone; they were read as UTC",
  },
  "record-inconsistent": {
    severity: "note",
    meaning: "A record's own lengths disagree; it was read by what is there",
  },
  "capture-cut": {
    severity: "note",
    meaning: "A capture ends in the middle of a record, as when its program is killed",
  },
  "clock-backwards": {
    severity: "note",
    meaning: "The clock of a capture goes back; times are kept as recorded",
  },
  "packet-malformed": {
    severity: "note",
    meaning: "Packets have headers that are cut or contradict themselves",
  },
  "packets-lost": {
    severity: "warning",
    meaning: "The machine that captured lost packets: what is not in the file may have been sent",
  },
  "link-type-unknown": {
    severity: "warning",
    meaning: "Packets of a link type that is not read",
  },
  "capture-unread": {
    severity: "error",
    meaning: "A capture file of a kind that is known and not read",
  },
} as const satisfies Readonly<
  Record<string, { severity: "note" | "warning" | "error"; meaning: string }>
>

export type OddityName = keyof typeof ODDITIES
