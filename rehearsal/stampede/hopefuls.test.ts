import { describe, expect, it } from 'vitest'
import { Hopefuls } from './hopefuls.ts'

const stock = (units: Record<string, { free: number; held: number }>) => new Map(Object.entries(units))
const wants = (quantity: number, sku = 'A') => ({ lines: [{ sku, quantity }], takesAnything: false })

describe('those who stay', () => {
  it('[STP2] try again when units come back, three for each, and stay if they were not among them', async () => {
    const hopefuls = new Hopefuls()
    const tries: number[] = []
    for (let n = 0; n < 5; n++) void hopefuls.stays(wants(1)).then((again) => again && tries.push(n))
    hopefuls.hear(stock({ A: { free: 0, held: 1 } }))
    await Promise.resolve()
    expect(tries).toEqual([])
    hopefuls.hear(stock({ A: { free: 1, held: 0 } }))
    await Promise.resolve()
    expect(tries).toEqual([0, 1, 2])
    hopefuls.hear(stock({ A: { free: 1, held: 0 } }))
    await Promise.resolve()
    expect(tries).toEqual([0, 1, 2, 3, 4])
  })

  it('[STP2] try only for what is really free, all of it', async () => {
    const hopefuls = new Hopefuls()
    const two = hopefuls.stays(wants(2))
    const both = hopefuls.stays({ ...wants(1), lines: ['A', 'B'].map((sku) => ({ sku, quantity: 1 })) })
    hopefuls.hear(stock({ A: { free: 1, held: 1 }, B: { free: 0, held: 1 } }))
    hopefuls.hear(stock({ A: { free: 2, held: 0 }, B: { free: 1, held: 0 } }))
    expect(await Promise.all([two, both])).toEqual([true, true])
  })

  it('[STP2] stay for anything that may come, if they are not particular', async () => {
    const hopefuls = new Hopefuls()
    const particular = hopefuls.stays(wants(1))
    const easy = hopefuls.stays({ ...wants(1), takesAnything: true })
    hopefuls.hear(stock({ A: { free: 0, held: 0 }, B: { free: 0, held: 1 } }))
    hopefuls.hear(stock({ A: { free: 0, held: 0 }, B: { free: 1, held: 0 } }))
    expect(await Promise.all([particular, easy])).toEqual([false, true])
  })

  it('[STP2] see what else is left', () => {
    const hopefuls = new Hopefuls()
    expect(hopefuls.anythingLeft()).toBeNull()
    hopefuls.hear(stock({ A: { free: 0, held: 1 }, B: { free: 2, held: 0 } }))
    expect(hopefuls.anythingLeft()).toBe('B')
  })

  it('[STP2] go when not enough can come back any more', async () => {
    const hopefuls = new Hopefuls()
    const gone = hopefuls.stays(wants(2))
    hopefuls.hear(stock({ A: { free: 0, held: 1 } }))
    expect(await gone).toBe(false)
    const last = hopefuls.stays(wants(1))
    hopefuls.close()
    expect(await last).toBe(false)
  })
})
