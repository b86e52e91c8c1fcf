import { expect, it } from 'vitest'
import { Seats } from './seats.ts'

it('[ROM27] lets so many be kept open, and takes whoever is not heard of any more for gone', () => {
  const seats = new Seats(2, 30_000)
  const first = seats.take(0)!
  const second = seats.take(0)!
  expect([first === second, seats.take(0)]).toEqual([false, null])
  seats.leave(first)
  const third = seats.take(10_000)!
  seats.keep(third, 29_999)
  expect(seats.take(29_999)).toBeNull()
  expect(seats.take(30_000)).not.toBeNull() // nobody heard of the second
  expect(seats.take(30_000)).toBeNull()
  seats.keep(second, 30_000) // it was only slow
  seats.leave(third)
  expect(seats.take(30_000)).toBeNull()
})
