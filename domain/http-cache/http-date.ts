/**
 * Dates as HTTP writes them (RFC 9110 section 5.6.7): three forms, always GMT, names of days and months in any case.
 * The runtime's own parser takes far more than HTTP allows and reads a date without a zone as local time.
 */
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const IMF_FIXDATE = /^(?:mon|tue|wed|thu|fri|sat|sun), (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/
const RFC_850 =
  /^(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday), (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/
const ASCTIME = /^(?:mon|tue|wed|thu|fri|sat|sun) ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/

const MS_PER_YEAR = 365.25 * 24 * 60 * 60_000

/** Ms since the epoch, or null for whatever is no HTTP-date. `now` decides which century two digits mean. */
export function parseHttpDate(text: string | null, now: number): number | null {
  if (text === null) return null
  const written = text.toLowerCase()
  const imf = IMF_FIXDATE.exec(written)
  if (imf) return instantOf(Number(imf[3]), imf[2], imf[1], imf.slice(4, 7))
  const old = RFC_850.exec(written)
  if (old) return inNearestCentury(Number(old[3]), now, (year) => instantOf(year, old[2], old[1], old.slice(4, 7)))
  const asctime = ASCTIME.exec(written)
  if (asctime) return instantOf(Number(asctime[6]), asctime[1], asctime[2], asctime.slice(3, 6))
  return null
}

/** "Fri, 20 Nov 2026 10:08:00 GMT". */
export const writeHttpDate = (instant: number): string => new Date(instant).toUTCString()

function instantOf(year: number, month: string | undefined, day: string | undefined, time: string[]): number | null {
  const [hour = 99, minute = 99, second = 99] = time.map(Number)
  const instant = Date.UTC(year, MONTHS.indexOf(month ?? ''), Number(day), hour, minute, second)
  const isReal =
    MONTHS.includes(month ?? '') && hour < 24 && minute < 60 && second <= 60 && new Date(instant).getUTCDate() >= 1
  const landed = new Date(instant)
  // 31 February would roll over into March; a leap second rolls over into the next minute and may.
  return isReal && (second === 60 || landed.getUTCDate() === Number(day)) ? instant : null
}

/** A two-digit year that seems more than fifty years ahead is the latest past year with those digits. */
function inNearestCentury(digits: number, now: number, at: (year: number) => number | null): number | null {
  const century = Math.floor(new Date(now).getUTCFullYear() / 100) * 100
  const instant = at(century + digits)
  if (instant !== null && instant > now + 50 * MS_PER_YEAR) return at(century - 100 + digits)
  return instant
}
