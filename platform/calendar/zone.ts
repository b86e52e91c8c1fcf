/**
 * A time zone as spans of one offset each, from the rules that the runtime carries (`Intl`). Between two changes of its
 * clock a zone is plain arithmetic, so a calendar needs to know nothing else of it.
 *
 * A year is searched once, day by day, and a day whose ends differ is halved down to the second: about a millisecond a
 * year and zone, kept while the isolate lives. No zone has changed its clock twice within a day.
 */
import { assert } from '../../domain/basics/assert.ts'

const SECOND_MS = 1000
const DAY_MS = 86_400_000
/** Cron and clocks as we know them; before it, offsets had odd seconds. ms. */
const FIRST_YEAR = 1970
const LAST_YEAR = 9999

/** From `from` (inclusive) to `until` (exclusive) the wall clock shows the instant plus `offsetMs`. */
export interface Span {
  from: number
  until: number
  offsetMs: number
}

export class Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #years = new Map<number, Span[]>()

  /** Throws a RangeError when the runtime knows no such zone: see `zoneNamed`. */
  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** The span that an instant lies in. It ends where the clock changes, and with each year of UTC, where nothing does. */
  spanAt(instant: number): Span {
    const span = this.#spansOf(new Date(instant).getUTCFullYear()).find(({ until }) => instant < until)
    assert(span, `a year has no end: ${instant}`)
    return span
  }

  offsetAt(instant: number): number {
    return this.spanAt(instant).offsetMs
  }

  #spansOf(year: number): Span[] {
    let spans = this.#years.get(year)
    if (!spans) {
      assert(year >= FIRST_YEAR && year <= LAST_YEAR, `no year for a calendar: ${year}`)
      spans = this.#search(Date.UTC(year, 0), Date.UTC(year + 1, 0))
      this.#years.set(year, spans)
    }
    return spans
  }

  #search(begin: number, end: number): Span[] {
    const spans: Span[] = []
    let span: Span = { from: begin, until: end, offsetMs: this.#look(begin) }
    for (let day = begin; day < end; day += DAY_MS) {
      const offsetMs = this.#look(day + DAY_MS)
      if (offsetMs === span.offsetMs) continue
      const change = this.#changeBetween(day, day + DAY_MS, span.offsetMs)
      // A change at midnight of the last day belongs to the next year.
      if (change >= end) break
      spans.push({ ...span, until: change })
      span = { from: change, until: end, offsetMs }
    }
    return [...spans, span]
  }

  #changeBetween(before: number, after: number, offsetMs: number): number {
    let [low, high] = [before / SECOND_MS, after / SECOND_MS]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.#look(middle * SECOND_MS) === offsetMs) low = middle
      else high = middle
    }
    return high * SECOND_MS
  }

  #look(instant: number): number {
    const text = this.#format.format(instant)
    const found = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
    assert(found, `an offset at the end: ${text}`)
    const [, sign, hours, minutes, seconds] = found
    const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    return (sign === '-' ? -size : size) * SECOND_MS
  }
}

/** There are some six hundred names with their aliases; a stranger's spellings must not fill the memory. */
const ZONES_MOST = 700
const zones = new Map<string, Zone>()

/** The zone of an IANA name, in any case; undefined: the runtime knows none. Bare offsets are no zones: they never change. */
export function zoneNamed(name: string): Zone | undefined {
  const known = zones.get(name)
  if (known) return known
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(name)) return undefined
  try {
    const zone = new Zone(name)
    if (zones.size >= ZONES_MOST) zones.clear()
    zones.set(name, zone)
    return zone
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}
