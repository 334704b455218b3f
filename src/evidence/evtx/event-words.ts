/**
 * Words of localized Event Viewers by which its exports are told: how severe an event is, and the name of the column
 * that holds its time.
 */

/** Level (since Vista) or type (before) of an event, a line a language or two. */
const levels = `
information|warning|error|critical|verbose|audit success|audit failure|success audit|failure audit
informationen|warnung|fehler|kritisch|ausführlich|erfolgsüberw.|überwachung erfolgreich|überwachung gescheitert
avertissement|erreur|critique|commentaires
información|advertencia|crítico|detallado
informazioni|avviso|errore|critico|dettagliato
informações|informação|aviso|erro
informatie|waarschuwing|fout|kritiek
informacje|ostrzeżenie|błąd|krytyczne
informace|upozornění|chyba|kritické
varning|fel|kritiskt|oplysninger|advarsel|fejl|informasjon|feil
tiedot|varoitus|virhe|információ|figyelmeztetés|hiba
bilgi|uyarı|hata
сведения|уведомление|предупреждение|ошибка
情報|警告|エラー|重大|信息|错误|关键|資訊|錯誤
정보|경고|오류|위험
`

const timeColumns = `
date and time|datum und uhrzeit|date et heure|fecha y hora|data e ora
data e hora|datum en tijd|data i godzina|datum a čas|datum och tid
dato og klokkeslæt|dato og klokkeslett|päivämäärä ja kellonaika
dátum és idő|tarih ve saat|дата и время
日付と時刻|日期和时间|日期和時間|날짜 및 시간
`

const levelSet: ReadonlySet<string> = new Set(levels.trim().split(/[|\n]/))
const timeColumnSet: ReadonlySet<string> = new Set(timeColumns.trim().split(/[|\n]/))

export function isLevel(text: string | undefined): boolean {
  return text !== undefined && levelSet.has(plain(text))
}

export function isTimeColumn(text: string | undefined): boolean {
  return text !== undefined && timeColumnSet.has(plain(text))
}

function plain(text: string): string {
  return text.trim().toLowerCase().normalize()
}
