/**
 * A file of kernel messages of which none names a limit: it was understood, and says that nothing happened. Told by the
 * file's name and the lines' heads; what names a limit is the kernel-log reader's.
 */
import { kernelLogReader } from "./kernel-log.ts"
import { frameOf } from "./logs/syslog-frame.ts"
import type { Reader } from "./reader.ts"

const kernelFile = /^(?:dmesg|kern\.log|kmsg)/
const rowLengthMax = 8192
const sure = 0.35

export const kernelFileReader: Reader = {
  format: "kernel-log",
  title: "kernel messages without a word about limits",
  sniffMax: sure,
  sniff: (line, _, file) => (kernelFile.test(file.name) && isKernelLine(line) ? sure : 0),
  open: ({ file }) => ({
    line: (text) => isKernelLine(text) && kernelLogReader.sniff(text, [], file) === 0,
  }),
}

function isKernelLine(line: string): boolean {
  if (line.length > rowLengthMax) return false
  const { uptimeSec, program, facility } = frameOf(line)
  return uptimeSec !== undefined || program === "kernel" || facility === 0
}
