/**
 * Transcripts of `net use \\host\ipc$`, one test connection a line, with what came of each ("System
 * error 53 has occurred." or "The command completed successfully.", in the languages of Windows).
 * Each is an attempt on port 445 (NT before 2000 used 139; the transcript does not say). Without
 * the command line the target is not known and left out. Codes: win32 system error codes; DOS and
 * LAN Manager print "Error 53:".
 */
import { commandOf } from "./prompt.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { shortLines } from "./short-lines.ts"

const systemErrors = [
  /\bsystem error (\d{1,5})\b/i,
  /\bsystemfehler (\d{1,5})\b/i,
  /\berreur système (\d{1,5})\b/i,
  /\berror (?:de|del) sistema (\d{1,5})\b/i,
  /\berrore di sistema (\d{1,5})\b/i,
  /\berro d[eo] sistema (\d{1,5})\b/i,
  /\bsysteemfout (\d{1,5})\b/i,
  /błąd systemu (\d{1,5})\b/i,
  /системная ошибка (\d{1,5})/i,
  /システム ?エラー ?(\d{1,5})/,
  /[发發]生系[统統][错錯][误誤] ?(\d{1,5})/,
  /시스템 오류 ?(\d{1,5})/,
  /\bsistem hatası (\d{1,5})\b/i,
  /systémov[áéou]\S* chyb\S* (\d{1,5})\b/i,
  /\bsystemfel (\d{1,5})\b/i,
  /\bsystemfe(?:jl|il) (\d{1,5})\b/i,
  /\bjärjestelmävirhe (\d{1,5})\b/i,
  /\b(\d{1,5})\. (?:számú )?rendszerhiba/i,
  /^\s*(?:DOS )?error (\d{1,5}):\s/i,
]

/** Each of them has one of these, or a letter outside ASCII. */
const errorStem = /err|systemf|systeemf|chyb|hiba|[^\x00-\x7f]/i

const successes = [
  /^the command (?:was )?completed successfully/i,
  /^der befehl wurde erfolgreich/i,
  /^la commande s['’]est terminée correctement/i,
  /^se ha completado el comando correctamente/i,
  /^el comando se completó correctamente/i,
  /^esecuzione comando riuscita/i,
  /^comando concluído com êxito/i,
  /^o comando foi concluído com êxito/i,
  /^de opdracht is voltooid/i,
  /^polecenie zostało wykonane pomyślnie/i,
  /^команда выполнена успешно/i,
  /^コマンドは正常に終了しました/,
  /^命令成功完成|^命令已經成功完成|^命令执行成功/,
  /^명령을 잘 실행했습니다|^명령이 성공적으로/,
  /^komut başarıyla tamamlandı/i,
  /^příkaz byl úspěšně dokončen/i,
  /^kommandot har slutförts/i,
  /^kommandoen er (?:fuldført|fullført)/i,
  /^komento on suoritettu/i,
  /^a parancs sikeresen/i,
]

/** The number in "System error 53 has occurred." of any language; undefined in other lines. */
export function systemErrorOf(line: string): number | undefined {
  if (line.length > 300 || !/\d/.test(line) || !errorStem.test(line)) return undefined
  for (const pattern of systemErrors) {
    const number = pattern.exec(line)?.[1]
    if (number !== undefined) return Number(number)
  }
  return undefined
}

/** Whether the line is net.exe's word of success. */
export function isNetSuccess(line: string): boolean {
  if (line.length > 200) return false
  const text = line.trim()
  return successes.some((pattern) => pattern.test(text))
}

/** The server of `net use X: \\server\share …`; undefined when the line is not that command. */
export function netUseTarget(line: string): string | undefined {
  if (!/net/i.test(line) || line.length > 500) return undefined
  const command = commandOf(line) ?? line.trim()
  const match = /^(?:\S*\\)?net(?:\.exe)?\s+use\s+(.*)$/i.exec(command)
  if (match === null || /\/d(?:el(?:ete)?)?\b/i.test(match[1] ?? "")) return undefined
  return /(?:^|\s)"?\\\\([^\\\s"]{1,255})\\[^\s"]/.exec(match[1] ?? "")?.[1]
}

const idleLinesMax = 4
const isHelp = (line: string) => /HELPMSG/i.test(line)

export const netUseReader: Reader = shortLines({
  format: "net-use-transcript",
  title: "net use transcript",
  sniff(line, ahead) {
    if (netUseTarget(line) !== undefined) {
      return commandOf(line) !== undefined || ahead.some(isOutcome) ? 0.85 : 0
    }
    // A mention in running text ("you may see system error 53 when …") is not an outcome.
    return line.trim().length <= 80 && systemErrorOf(line) !== undefined ? 0.6 : 0
  },
  open: netUseSection,
})

function isOutcome(line: string): boolean {
  return systemErrorOf(line) !== undefined || isNetSuccess(line)
}

function netUseSection(context: SectionContext): Section {
  let target: string | undefined
  let targetLine: number | undefined
  let idle = 0
  let afterError = false
  context.mark({ system: "windows" })
  const report = (error: number | undefined) => {
    const to = target === undefined ? {} : { to: { address: target, port: 445 } }
    const failure = error === undefined ? {} : { error: `error ${error}` }
    const at = context.here(targetLine)
    context.emit({
      kind: "attempt",
      ...to,
      ok: error === undefined,
      ...failure,
      call: "connect",
      at,
    })
    target = undefined
    targetLine = undefined
  }
  return {
    line(text) {
      if (text.trim() === "" || isHelp(text)) return true
      const next = netUseTarget(text)
      if (next !== undefined) {
        target = next
        targetLine = context.lineNumber()
        idle = 0
        afterError = false
        return true
      }
      const error = systemErrorOf(text)
      if (error !== undefined) {
        report(error)
        afterError = true
        return true
      }
      if (isNetSuccess(text)) {
        afterError = false
        if (target === undefined) return false
        report(undefined)
        return true
      }
      if (afterError) {
        // The sentence that explains the number.
        afterError = false
        return commandOf(text) === undefined
      }
      return target !== undefined && commandOf(text) === undefined && ++idle <= idleLinesMax
    },
  }
}
