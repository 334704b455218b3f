/**
 * Command lines in a transcript: what stands after a shell's prompt (cmd.exe, PowerShell, sh) or
 * inside the ruler a collector prints above an output ("===== netsh int ipv4 show dynamicport tcp
 * =====").
 */

const prompts = [
  /^(?:PS )?[A-Za-z]:[^<>|"]{0,200}>\s*(\S.*)$/,
  /^PS>\s*(\S.*)$/,
  /^\[?[\w.-]+@[\w.-]+[: ][^$#%>]{0,120}[$#%>]\s*(\S.*)$/,
  /^[$#%>]\s+(\S.*)$/,
  /^[=#*+-]{2,}\s*(\S.*?)\s*[=#*+-]*$/,
]

/** The answer given last: a dozen readers ask about the same line. */
let last: { readonly line: string; readonly command: string | undefined } | undefined

/** The command of a prompt or ruler line; undefined when the line is neither. */
export function commandOf(line: string): string | undefined {
  if (last?.line !== line) last = { line, command: findCommand(line) }
  return last.command
}

function findCommand(line: string): string | undefined {
  if (line.length > 1000) return undefined
  const text = line.trim()
  for (const prompt of prompts) {
    const command = prompt.exec(text)?.[1]
    if (command !== undefined) return command
  }
  return undefined
}
