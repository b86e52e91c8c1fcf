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
  readonly #years = new Map<number, number[]>()

  /** Throws a RangeError when the runtime knows no such zone: see `zoneNamed`. */
  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** The span that an instant lies in. Ends at the next change of the clock, at the latest two years ahead. */
  spanAt(instant: number): Span {
    const year = new Date(instant).getUTCFullYear()
    assert(year >= FIRST_YEAR && year <= LAST_YEAR, `no year for a calendar: ${year}`)
    const changes = [year - 1, year, year + 1].flatMap((one) => this.#changesIn(one))
    const from = changes.findLast((change) => change <= instant) ?? Date.UTC(year - 1, 0)
    const until = changes.find((change) => change > instant) ?? Date.UTC(year + 2, 0)
    return { from, until, offsetMs: this.offsetAt(instant) }
  }

  offsetAt(instant: number): number {
    const text = this.#format.format(instant)
    const found = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text)
    assert(found, `an offset at the end: ${text}`)
    const [, sign, hours, minutes, seconds] = found
    const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
    return (sign === '-' ? -size : size) * SECOND_MS
  }

  /** The first instants of new offsets within a year of UTC. */
  #changesIn(year: number): number[] {
    let changes = this.#years.get(year)
    if (!changes) {
      changes = []
      for (let day = Date.UTC(year, 0); day < Date.UTC(year + 1, 0); day += DAY_MS) {
        if (this.offsetAt(day) !== this.offsetAt(day + DAY_MS)) changes.push(this.#changeBetween(day, day + DAY_MS))
      }
      this.#years.set(year, changes)
    }
    return changes
  }

  #changeBetween(before: number, after: number): number {
    const old = this.offsetAt(before)
    let [low, high] = [before / SECOND_MS, after / SECOND_MS]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (this.offsetAt(middle * SECOND_MS) === old) low = middle
      else high = middle
    }
    return high * SECOND_MS
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
