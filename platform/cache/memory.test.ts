import { describe, expect, it } from 'vitest'
import type { Copy } from './copy.ts'
import { MemoryTier } from './memory.ts'
import { SingleFlight } from './single-flight.ts'

const copy = (bytes: number, version = 0): Copy => ({
  status: 200,
  contentType: 'application/json',
  body: new Uint8Array(bytes),
  etag: '"x"',
  readAt: 0,
  lifetimeMs: 1000,
  tookMs: 0,
  tags: [],
  stamp: { lines: ['one', 'one', 'one', 'one'], versions: [version, 0, 0, 0] },
})

describe('the memory tier', () => {
  it('[HTT21] stays within its bytes, and lets go first of what was read least lately', () => {
    const memory = new MemoryTier(10_000)
    for (const key of ['a', 'b', 'c', 'd']) memory.keep(key, copy(1500), 1)
    memory.find('a')
    memory.keep('e', copy(1500), 1)
    expect(memory.bytes).toBeLessThanOrEqual(10_000)
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => memory.find(key))).toEqual(['a', 'c', 'd', 'e'])
  })

  it('[HTT21] counts an entry once, however often it is kept', () => {
    const memory = new MemoryTier(10_000)
    for (let i = 0; i < 100; i++) memory.keep('a', copy(1000), i)
    expect(memory.size).toBe(1)
    expect(memory.bytes).toBeLessThan(2000)
    memory.forget('a')
    expect(memory.bytes).toBe(0)
  })

  it('[HTT21] lets no giant drive out everybody else', () => {
    const memory = new MemoryTier(10_000)
    memory.keep('small', copy(100), 1)
    memory.keep('giant', copy(9000), 1)
    expect(memory.find('giant')).toBeUndefined()
    expect(memory.find('small')).toBeDefined()
  })
})

it('[CCH11] a copy that was made before the one in memory comes too late', () => {
  const memory = new MemoryTier(10_000)
  memory.keep('a', copy(10, 2), 1)
  memory.keep('a', copy(20, 1), 2)
  expect(memory.find('a')!.copy.body.length).toBe(10)
  memory.keep('a', copy(30, 3), 3)
  expect(memory.find('a')!.copy.body.length).toBe(30)
})

describe('a single flight', () => {
  const kept: Promise<unknown>[] = []
  const depart = (flight: Promise<unknown>): void => void kept.push(flight)

  it('[HTT12] is flown once for all who want the same at a time', async () => {
    let flights = 0
    let land: (value: string) => void = () => undefined
    const bring = (): Promise<string> => {
      flights += 1
      return new Promise((resolve) => {
        land = resolve
      })
    }
    const air = new SingleFlight<string>()
    const all = Array.from({ length: 50 }, () => air.fly('k', bring, depart))
    land('here')
    const landed = await Promise.all(all)
    expect(flights).toBe(1)
    expect(landed.filter(({ collapsed }) => collapsed)).toHaveLength(49)
    expect(new Set(landed.map(({ value }) => value))).toEqual(new Set(['here']))
    // Once it has landed it is over: whoever comes now wants what is so now.
    await expect(air.fly('k', async () => 'later', depart)).resolves.toEqual({ value: 'later', collapsed: false })
  })

  it('[HTT22] whose leader fails takes nobody down who waits: they fly once more, together', async () => {
    let flights = 0
    const air = new SingleFlight<string>()
    const bring = async (): Promise<string> => {
      flights += 1
      if (flights === 1) throw new Error('the leader fell')
      return 'here'
    }
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => air.fly('k', bring, depart)))
    expect(all.map(({ status }) => status)).toEqual(['rejected', ...Array(9).fill('fulfilled')])
    expect(flights).toBe(2)
  })

  it('[HTT22] that fails twice is told to all, and forgotten', async () => {
    let flights = 0
    const air = new SingleFlight<string>()
    const bring = async (): Promise<string> => {
      flights += 1
      throw new Error('away')
    }
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => air.fly('k', bring, depart)))
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    expect(flights).toBe(2)
    await expect(air.fly('k', async () => 'back', depart)).resolves.toEqual({ value: 'back', collapsed: false })
  })

  it('[HTT22] whose leader hangs is overtaken', async () => {
    const air = new SingleFlight<string>(10)
    void air.fly('k', () => new Promise<string>(() => undefined), depart)
    await expect(air.fly('k', async () => 'overtaken', depart)).resolves.toMatchObject({ value: 'overtaken' })
  })
})
