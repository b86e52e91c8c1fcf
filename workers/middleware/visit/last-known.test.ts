import { beforeEach, describe, expect, it } from 'vitest'
import { LastKnown, type Finding } from './last-known.ts'

let now: number
let timers: { at: number; wake: () => void }[]
let asked: number
let known: LastKnown<string>
beforeEach(() => {
  now = 0
  timers = []
  asked = 0
  known = new LastKnown(30_000, 3)
})

async function pass(ms: number): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
  now += ms
  for (const timer of timers.filter(({ at }) => at <= now)) timer.wake()
  timers = timers.filter(({ at }) => at > now)
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

const finding = (
  find: () => Promise<string>,
  elsewhere: string | null = null,
  atLast: string | null = null,
): Finding<string> => ({
  now: () => now,
  after: (ms, wake) => {
    const timer = { at: now + ms, wake }
    timers.push(timer)
    return () => (timers = timers.filter((other) => other !== timer))
  },
  waitUntil: () => undefined,
  find: () => ((asked += 1), find()),
  elsewhere: async () => elsewhere,
  atLast: async () => atLast,
})
const says = (value: string) => () => Promise.resolve(value)
const hangs = (): Promise<string> => new Promise(() => undefined)
const fails = (): Promise<string> => Promise.reject(new Error('away'))

describe('what was known last', () => {
  it('[CCH22] is asked for once by all, and again after its while', async () => {
    const all = await Promise.all(['a', 'a', 'a'].map((name) => known.of(name, finding(says('one')))))
    expect([all, asked]).toEqual([['one', 'one', 'one'], 1])
    now += 29_999
    expect(await known.of('a', finding(says('two')))).toBe('one')
    now += 1
    expect(await known.of('a', finding(says('two')))).toBe('two')
  })

  it('[CCH22] is believed a moment longer while the database hangs, with one question in the air', async () => {
    await known.of('a', finding(says('one')))
    for (let second = 0; second < 3; second++) {
      now += 30_000
      const begun = now
      const [first, next] = [known.of('a', finding(hangs)), known.of('a', finding(hangs))]
      await pass(150)
      expect([await first, await next, now - begun]).toEqual(['one', 'one', 150])
      expect(await known.of('a', finding(hangs))).toBe('one')
      now -= 29_000 // the flight that hangs is overtaken after three seconds; this one is not that old
    }
    expect(asked).toBe(2)
  })

  it('[CCH22] is replaced by what a slow database says in the end', async () => {
    await known.of('a', finding(says('one')))
    now += 30_000
    let land: (value: string) => void = () => undefined
    const reading = known.of(
      'a',
      finding(() => new Promise((resolve) => (land = resolve))),
    )
    await pass(150)
    expect(await reading).toBe('one')
    land('two')
    await pass(0)
    expect(await known.of('a', finding(hangs))).toBe('two')
  })

  it('[CCH22] comes from elsewhere where nothing was known here, after a moment', async () => {
    const reading = known.of('a', finding(hangs, 'copy'))
    await pass(400)
    expect(await reading).toBe('copy')
    expect(await known.of('a', finding(hangs))).toBe('copy')
  })

  it('[CCH22] is guessed at last where no copy is either, and not before a slow database has had its time', async () => {
    const reading = known.of('a', finding(hangs, null, 'the usual'))
    await pass(400)
    await pass(1_199)
    expect(await Promise.race([reading, Promise.resolve('still waiting')])).toBe('still waiting')
    await pass(1)
    expect(await Promise.race([reading, Promise.resolve('still waiting')])).toBe('the usual')
    let land: (value: string) => void = () => undefined
    const slow = known.of(
      'b',
      finding(() => new Promise((resolve) => (land = resolve)), null, 'the usual'),
    )
    await pass(400)
    land('its own')
    expect(await slow).toBe('its own')
  })

  it('[CCH22] is a fault where nobody knows, and no longer than that', async () => {
    await expect(known.of('a', finding(fails, 'copy'))).rejects.toThrow('away')
    const reading = known.of('b', finding(hangs))
    await pass(400)
    await known.of('a', finding(says('one')))
    expect(await Promise.race([reading, Promise.resolve('still waiting')])).toBe('still waiting')
  })

  it('[CCH22] is forgotten on demand, and when there are too many names', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await known.of(name, finding(says(name)))
    await known.of('d', finding(says('d')))
    expect(asked).toBe(4)
    known.forget()
    await known.of('d', finding(says('d')))
    expect(asked).toBe(5)
  })

  it('[CCH22] is never what was asked for before it was forgotten: somebody has just changed it', async () => {
    let land: (value: string) => void = () => undefined
    const early = known.of(
      'a',
      finding(() => new Promise((resolve) => (land = resolve))),
    )
    known.forget()
    const late = known.of('a', finding(says('new'), 'an old copy'))
    land('old')
    expect([await early, await late]).toEqual(['old', 'new'])
    expect(await known.of('a', finding(says('newer')))).toBe('new')
    known.forget()
    const waiting = known.of('a', finding(hangs, 'an old copy'))
    await pass(400)
    expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting')
  })
})
