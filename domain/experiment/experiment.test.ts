import { describe, expect, it } from 'vitest'
import { RUNNING_MAX, decideStart, decideStop, problemsOfExperiment, type ExperimentDraft } from './experiment.ts'
import { anExperiment, arm } from './testing.ts'

const draft = anExperiment({ state: 'draft', startedAt: null, version: 1 })

describe('experiments', () => {
  it('[EXP6] starts once and stops once', () => {
    const started = decideStart(draft, 0, 5000)
    expect(started).toMatchObject({ ok: true, value: { state: 'running', startedAt: 5000, version: 2 } })
    const running = anExperiment()
    expect(decideStart(running, 0, 9000)).toEqual({ ok: true, value: running })
    const stopped = decideStop(running, 'operator', 7000)
    expect(stopped).toMatchObject({ state: 'stopped', stoppedAt: 7000, stoppedBy: 'operator' })
    expect(decideStop(stopped, 'revenue', 8000)).toBe(stopped)
    expect(decideStart(stopped, 0, 9000)).toEqual({
      ok: false,
      refusal: { code: 'experiment_was_stopped', stoppedAt: 7000 },
    })
  })

  it('[EXP6] runs no more at once than a page can bear', () => {
    expect(decideStart(draft, RUNNING_MAX - 1, 5000).ok).toBe(true)
    expect(decideStart(draft, RUNNING_MAX, 5000)).toEqual({
      ok: false,
      refusal: { code: 'too_many_experiments', limit: RUNNING_MAX },
    })
  })

  const one = { ...draft.audience }
  it.each<[string, Partial<ExperimentDraft>, string]>([
    ['one variation', { variations: [arm('a', 1)] }, 'variations'],
    ['eleven', { variations: Array.from({ length: 11 }, (_, i) => arm(`v${i}`, 1 / 11)) }, 'variations'],
    ['two of one key', { variations: [arm('a'), arm('a')] }, 'variations'],
    ['weights of less than one', { variations: [arm('a', 0.5), arm('b', 0.4)] }, 'variations'],
    ['no weight', { variations: [arm('a', 1), arm('b', 0)] }, 'variations'],
    ['no number', { variations: [arm('a', NaN), arm('b', 0.5)] }, 'variations'],
    ['nobody', { audience: { ...one, coverage: 0 } }, 'audience/percentage'],
    ['an empty part', { namespace: { name: 'n', start: 0.5, end: 0.5 } }, 'namespace'],
    ['its own holdout', { holdout: draft.key }, 'holdout'],
    ['a parameter nobody knows', { variations: [arm('a'), arm('b', 0.5, { colour: 'red' })] }, 'variations'],
    ['a button that is true', { variations: [arm('a'), arm('b', 0.5, { button: true })] }, 'variations'],
    ['a novel', { variations: [arm('a'), arm('b', 0.5, { button: 'x'.repeat(41) })] }, 'variations'],
    ['an inherited name', { variations: [arm('a'), arm('b', 0.5, { constructor: 'x' })] }, 'variations'],
  ])('[EXP17] is not accepted with %s', (_, own, field) => {
    expect(problemsOfExperiment(draft)).toEqual([])
    expect(problemsOfExperiment({ ...draft, ...own }).map((mistake) => mistake.field)).toContain(field)
  })
})
