import { describe, expect, it } from 'vitest'
import { resultsOf, type Verdict } from './results.ts'
import { NOTHING, added, tallyOf, type Tally } from './tally.ts'
import { anExperiment, arm } from './testing.ts'

/** So many visitors, of whom some bought, all for much the same. */
function side(visitors: number, buyers: number, { revenue = 5000, refunds = 0, crossed = 0 } = {}): Tally {
  let tally: Tally = { ...NOTHING, visitors: visitors - buyers, crossed }
  for (let i = 0; i < buyers; i++) {
    tally = added(tally, tallyOf({ orders: 1, revenue: revenue + (i % 7), refunds, before: 0 }))
  }
  return tally
}
const verdict = (sides: Tally[], own = {}): Verdict => resultsOf(anExperiment(own), sides).verdict

describe('results', () => {
  it.each<[string, Tally[], Verdict]>([
    ['nobody came', [NOTHING, NOTHING], { kind: 'too_early' }],
    ['few bought', [side(5000, 10), side(5000, 19)], { kind: 'too_early' }],
    ['few came', [side(90, 40), side(95, 80)], { kind: 'too_early' }],
    ['much the same', [side(5000, 500), side(5000, 520)], { kind: 'open' }],
    ['clearly more', [side(5000, 500), side(5000, 700)], { kind: 'better', variation: 'warm' }],
    ['clearly less', [side(5000, 700), side(5000, 500)], { kind: 'worse' }],
  ])('[EXP18] says what is certain and no more: %s', (_, sides, said) => {
    expect(verdict(sides)).toEqual(said)
  })

  it('[EXP11] says nothing when the split is not what the weights say', () => {
    const results = resultsOf(anExperiment(), [side(5400, 500), side(4600, 700)])
    expect(results.verdict).toMatchObject({ kind: 'mismatch' })
    expect(results.mismatch.isAlarm).toBe(true)
  })

  it('[EXP15] says nothing when many saw both sides', () => {
    expect(verdict([side(5000, 500, { crossed: 200 }), side(5000, 700)])).toMatchObject({ kind: 'crossed' })
    expect(verdict([side(5000, 500, { crossed: 50 }), side(5000, 700)])).toMatchObject({ kind: 'better' })
  })

  it('[EXP19] names the guardrail that a variation certainly breaks', () => {
    const sides = [side(5000, 700), side(5000, 750, { revenue: 1000 })]
    expect(verdict(sides, { guardrails: ['revenue'] })).toEqual({ kind: 'harm', variation: 'warm', metric: 'revenue' })
    expect(verdict(sides)).toEqual({ kind: 'open' })
    const returned = [side(5000, 700), side(5000, 750, { refunds: 900 })]
    expect(verdict(returned, { guardrails: ['refunds'] })).toMatchObject({ kind: 'harm', metric: 'refunds' })
  })

  it('[EXP10] is harder to convince by one of several variations', () => {
    const two = [side(5000, 500), side(5000, 600)]
    expect(verdict(two)).toMatchObject({ kind: 'better' })
    const variations = [arm('control', 0.2), arm('b', 0.2), arm('c', 0.2), arm('d', 0.2), arm('e', 0.2)]
    const sides = [...two, side(5000, 500), side(5000, 500), side(5000, 500)]
    expect(resultsOf(anExperiment({ variations }), sides).verdict).toEqual({ kind: 'open' })
  })

  it('[EXP10] corrects what was not asked about, and leaves what was', () => {
    const { comparisons } = resultsOf(anExperiment(), [side(5000, 500), side(5000, 600)])
    const corrected = comparisons.filter(({ p }) => p !== null)
    expect(corrected.length).toBeGreaterThan(1)
    for (const one of corrected) {
      expect(one.metric === 'conversion' ? one.adjustedP === one.p : one.adjustedP! >= one.p!).toBe(true)
    }
  })
})
