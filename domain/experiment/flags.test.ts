import { describe, expect, it } from 'vitest'
import { assignmentOf } from './assignment.ts'
import { evaluateFlag, flagKeysOf } from './flags.ts'
import { anAsker, anExperiment, arm } from './testing.ts'

const experiment = anExperiment({
  variations: [arm('control', 0.5, { button: 'Reserve' }), arm('warm', 0.5, { button: 'Keep it', loud: true })],
})
const on = (side: number) =>
  Array.from({ length: 50 }, (_, i) => anAsker({ visitorId: `vis_${i}` })).find((asker) => {
    const assigned = assignmentOf(experiment, asker, [])
    return assigned.kind === 'in' && assigned.variation === side
  })!

describe('flags', () => {
  it('[EXP20] are an experiment, and each of its parameters', () => {
    expect(flagKeysOf([experiment, anExperiment({ key: 'later', state: 'draft' })])).toEqual([
      ...['button-words', 'button-words.button', 'button-words.loud'],
    ])
    const whole = evaluateFlag('button-words', on(1), [experiment])
    expect(whole?.flag).toMatchObject({ reason: 'SPLIT', variant: 'warm', value: { button: 'Keep it', loud: true } })
    expect(evaluateFlag('button-words.button', on(1), [experiment])?.flag.value).toBe('Keep it')
    expect(evaluateFlag('button-words.loud', on(0), [experiment])?.flag).not.toHaveProperty('value')
  })

  it('[EXP20] give who takes no part what the control gets, and say that they take none', () => {
    const robot = evaluateFlag('button-words.button', anAsker({ isRobot: true }), [experiment])
    expect(robot).toMatchObject({ variation: null, flag: { reason: 'STATIC', value: 'Reserve' } })
    expect(robot?.flag).not.toHaveProperty('variant')
    const over = anExperiment({ ...experiment, state: 'stopped', stoppedAt: 9, stoppedBy: 'operator' })
    expect(evaluateFlag('button-words', on(1), [over])?.flag).toMatchObject({
      reason: 'DISABLED',
      value: { button: 'Reserve' },
    })
  })

  it.each(['no-such', 'button-words.no-such', 'button-words.constructor', 'later', ''])(
    '[EXP20] are not there when nobody made them: "%s"',
    (key) => {
      expect(evaluateFlag(key, anAsker(), [experiment, anExperiment({ key: 'later', state: 'draft' })])).toBeUndefined()
    },
  )
})
