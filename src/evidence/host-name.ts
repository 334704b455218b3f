/** The file `hostname` of a support bundle, or /etc/hostname: one word, known only by the file's name. */
import type { Reader, SectionContext } from "./reader.ts"

export const hostNameReader: Reader = {
  format: "hostname",
  title: "Name of the host",
  sniff: (line, _ahead, file) => (isHostFile(file.name) && name.test(line.trim()) ? 0.7 : 0),
  open: (context) => {
    let isFirst = true
    return {
      line: (text) => {
        const isName = isFirst && name.test(text.trim())
        if (isName) emitName(context, text.trim())
        isFirst = false
        return isName || text.trim() === ""
      },
    }
  },
}

/** hostname(7): labels of letters, digits and hyphens. */
const name = /^[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}$/

function isHostFile(file: string): boolean {
  return /^(?:etc_)?hostname(?:_-f)?(?:\.txt)?$/.test(file)
}

function emitName(context: SectionContext, text: string): void {
  context.mark({ host: text })
  context.emit({ kind: "fact", name: "host", data: { name: text }, at: context.here() })
}
