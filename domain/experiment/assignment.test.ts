import { describe, expect, it } from 'vitest'
import { assignmentOf, parametersOf, shownOn } from './assignment.ts'
import type { Audience, Experiment } from './experiment.ts'
import { placeInNamespace } from './hash.ts'
import { anAsker, anExperiment, arm } from './testing.ts'

const crowd = Array.from({ length: 4000 }, (_, i) => anAsker({ visitorId: `vis_${i}` }))
const isIn = (experiment: Experiment, asker = anAsker(), others: Experiment[] = []): boolean =>
  assignmentOf(experiment, asker, others).kind === 'in'
const forAudience = (own: Partial<Audience>): Experiment =>
  anExperiment({ audience: { ...anExperiment().audience, ...own } })
const nothingForced = new Map<string, string>()

describe('assignment', () => {
  it('[EXP3] says the same whenever it is asked', () => {
    const once = crowd.map((asker) => assignmentOf(anExperiment(), asker, []))
    expect(crowd.map((asker) => assignmentOf(anExperiment(), asker, []))).toEqual(once)
  })

  it.each([
    ['a market', { markets: ['eu'] }, { market: 'us' }],
    ['a country', { countries: ['DE', 'AT'] }, { country: null }],
    ['a language', { languages: ['de'] }, { language: 'en' }],
    ['a device', { devices: ['phone'] }, { device: 'desktop' }],
    ['a drop', { drop: 'night-runner' }, { drop: null }],
    ['who was here before', { visitors: 'returning' }, { bornAt: 1000 }],
    ['who is new', { visitors: 'new' }, { bornAt: null }],
  ] as const)('[EXP4] takes part only who the audience names: %s', (_, audience, other) => {
    const fitting = anAsker({
      drop: 'night-runner',
      bornAt: 'visitors' in audience && audience.visitors === 'new' ? 1000 : 999,
    })
    expect(isIn(forAudience(audience), fitting)).toBe(true)
    expect(isIn(forAudience(audience), { ...fitting, ...other })).toBe(false)
  })

  it('[EXP4] lets in the share it was told to', () => {
    const share = crowd.filter((asker) => isIn(forAudience({ coverage: 0.25 }), asker)).length / crowd.length
    expect(Math.abs(share - 0.25)).toBeLessThan(0.02)
  })

  it.each([
    ['a robot', { isRobot: true }, 'robot'],
    ['nobody in particular', { visitorId: '' }, 'nobody'],
  ])('[EXP5] leaves out %s', (_, own, why) => {
    expect(assignmentOf(anExperiment(), anAsker(own), [])).toEqual({ kind: 'out', why })
  })

  it.each(['draft', 'stopped'] as const)('[EXP6] shows nobody an experiment that is %s', (state) => {
    expect(assignmentOf(anExperiment({ state }), anAsker(), [])).toEqual({ kind: 'out', why: 'not_running' })
  })

  it('[EXP12] never brings two experiments of a namespace to one visitor', () => {
    const part = (start: number, end: number, key: string): Experiment =>
      anExperiment({ key, namespace: { name: 'product-page', start, end } })
    const [one, other] = [part(0, 0.4, 'one'), part(0.4, 1, 'other')]
    const both = crowd.filter((asker) => isIn(one, asker) && isIn(other, asker))
    expect(both).toEqual([])
    expect(crowd.filter((asker) => isIn(one, asker) || isIn(other, asker))).toHaveLength(crowd.length)
    const shares = crowd.filter(({ visitorId }) => placeInNamespace('product-page', visitorId) < 0.4)
    expect(crowd.filter((asker) => isIn(one, asker))).toEqual(shares)
  })

  it('[EXP13] shows nothing to those whom a holdout keeps out, and counts them there', () => {
    const holdout = anExperiment({ key: 'all-of-2026', variations: [arm('held-out', 0.1), arm('everybody', 0.9)] })
    const tested = anExperiment({ holdout: 'all-of-2026' })
    const held = crowd.filter((asker) => {
      const assigned = assignmentOf(holdout, asker, [])
      return assigned.kind === 'in' && assigned.variation === 0
    })
    expect(held.length).toBeGreaterThan(300)
    expect(crowd.filter((asker) => !isIn(tested, asker, [holdout, tested]))).toEqual(held)
    expect(isIn(tested, held[0], [{ ...holdout, state: 'stopped' }])).toBe(true)
  })

  it('[EXP14] shows by a link any variation of any experiment, and says that it is not one to count', () => {
    const draft = anExperiment({ state: 'draft', startedAt: null })
    const forced = new Map([['button-words', 'warm']])
    expect(shownOn('product', [draft], anAsker({ isRobot: true }), forced)).toEqual([
      { experiment: draft, variation: 1, isForced: true },
    ])
    expect(shownOn('product', [draft], anAsker(), new Map([['button-words', 'no-such']]))).toEqual([])
    expect(shownOn('client', [anExperiment()], anAsker(), nothingForced)).toEqual([])
  })

  it('[EXP3] lets the experiment that was first have a parameter that two would change', () => {
    const says = (key: string, words: string, startedAt: number): Experiment =>
      anExperiment({ key, startedAt, variations: [arm('a', 0.5, { button: words }), arm('b', 0.5, { button: words })] })
    const both = [says('later', 'second', 2000), says('earlier', 'first', 1000)]
    expect(parametersOf(shownOn('product', both, anAsker(), nothingForced))).toEqual({ button: 'first' })
  })
})
