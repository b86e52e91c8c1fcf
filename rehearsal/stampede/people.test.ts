import { describe, expect, it } from 'vitest'
import { demandOf, gather, type Gathering } from './people.ts'

const GATHERING: Gathering = { seed: 7, buyers: 4_000, skus: { main: 'M', side: 'S' }, room: true }

describe('who comes', () => {
  it('[STP2] is the same for the same seed, and another crowd for another', () => {
    expect(gather(GATHERING)).toEqual(gather(GATHERING))
    expect(gather({ ...GATHERING, seed: 8 })).not.toEqual(gather(GATHERING))
  })

  it('[STP2] is all kinds of people, bots only where there is a room to skip', () => {
    const share = (people: ReturnType<typeof gather>, manner: string) =>
      people.filter((one) => one.manner === manner).length / people.length
    const people = gather(GATHERING)
    expect(share(people, 'patient')).toBeCloseTo(60 / 105, 1)
    expect(share(people, 'vanishes')).toBeCloseTo(10 / 105, 1)
    expect(share(people, 'skips_the_room')).toBeGreaterThan(0.02)
    expect(share(gather({ ...GATHERING, room: false }), 'skips_the_room')).toBe(0)
  })

  it('[STP2] counts as demand only what is meant to be kept', () => {
    const people = gather(GATHERING)
    const kept = people.filter(({ manner }) => ['patient', 'double_clicks', 'greedy'].includes(manner))
    const units = kept.flatMap(({ lines }) => lines).filter(({ sku }) => sku === 'M')
    expect(demandOf(people)['M']).toBe(units.reduce((sum, { quantity }) => sum + quantity, 0))
  })
})
