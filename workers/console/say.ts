/** How the console says numbers, spans and states. It is a tool for the shop's own people and speaks English. */
import type { Board } from '../board-wire.ts'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

export const number = (value: number): string => whole.format(value)
/** Rates are rarely whole; one digit is enough to see them move. */
export const rate = (value: number): string => short.format(value)

/** `00:12:31`, or `3 d 04:10:00`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const days = Math.floor(seconds / 86_400)
  return days > 0 ? `${days} d ${clock}` : clock
}

export interface StateLine {
  /** One or two words, to be read from the other end of the room. */
  word: string
  /** What goes with it. */
  rest: string
}

/** How the drop stands, in one line. */
export function stateLine({ drop, room, server_time, units }: Board): StateLine {
  const now = Date.parse(server_time)
  const opensAt = Date.parse(drop.opens_at)
  const left = drop.ends_at === null ? '' : `, ends in ${span(Date.parse(drop.ends_at) - now)}`
  switch (drop.status) {
    case 'scheduled':
      return {
        word: `Opens in ${span(opensAt - now)}`,
        rest: room ? `${number(room.waiting)} have joined the draw` : '',
      }
    case 'open':
      return {
        word: 'Open',
        rest: room?.phase === 'drawing' ? 'drawing the lots' : `for ${span(now - opensAt)}${left}`,
      }
    case 'paused':
      return { word: 'Paused', rest: 'nothing is sold, nobody is let in' }
    case 'sold_out':
      return {
        word: 'Sold out',
        rest: units.held > 0 ? `${number(units.held)} held units may come back` : 'every unit is sold',
      }
    case 'ended':
    default:
      return { word: 'Ended', rest: `${number(units.sold)} of ${number(units.total)} sold` }
  }
}
