/** The checker itself: histories made by hand, and thousands made by dice, some of them spoilt. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '../../domain/basics/random.ts'
import { checkLinearizability, type Operation, type Spec } from './check.ts'
import {
  hold,
  idempotencyKey,
  purchaseLimit,
  singleUsePass,
  type HoldAnswer,
  type HoldAsked,
  type HoldState,
  type KeyAnswer,
  type KeyAsked,
  type KeyState,
  type LimitAnswer,
  type LimitAsked,
  type PassAnswer,
  type PassAsked,
} from './specs.ts'

const LOST = null

/** [asked, answer, from, to] */
type Line<Input, Output> = [Input, Output | null, number, number?]

const history = <Input, Output>(lines: Line<Input, Output>[]): Operation<Input, Output>[] =>
  lines.map(([input, output, from, to = Infinity]) => ({ input, output, from, to }))

const verdictOn = <State, Input, Output>(spec: Spec<State, Input, Output>, lines: Line<Input, Output>[]): string =>
  checkLinearizability(spec, history(lines)).verdict

const a = { body: 'a' }
const b = { body: 'b' }
const first: KeyAnswer = { kind: 'answered', answer: 'hold 1' }
const second: KeyAnswer = { kind: 'answered', answer: 'hold 2' }
const inFlight: KeyAnswer = { kind: 'in_flight' }
const reused: KeyAnswer = { kind: 'reused' }

describe('an idempotency key', () => {
  const key = idempotencyKey(['a', 'b'])

  it.each<[string, Line<KeyAsked, KeyAnswer>[]]>([
    [
      'everybody hears the first answer',
      [
        [a, first, 0, 9],
        [a, first, 1, 3],
        [a, first, 10, 12],
      ],
    ],
    [
      'some hear that it is in flight before anybody has an answer',
      [
        [a, first, 0, 9],
        [a, inFlight, 1, 3],
        [a, inFlight, 4, 6],
      ],
    ],
    [
      'another body is refused, then it is still in flight',
      [
        [a, first, 0, 9],
        [b, reused, 1, 2],
        [a, inFlight, 3, 4],
      ],
    ],
    [
      'another body is refused although only a lost request can have bound the key',
      [
        [a, LOST, 0],
        [b, reused, 1, 2],
      ],
    ],
    [
      'a lost request takes effect later',
      [
        [a, LOST, 0],
        [a, inFlight, 5, 6],
        [a, first, 7, 8],
      ],
    ],
    [
      'a lost request never takes effect',
      [
        [b, LOST, 0],
        [a, first, 1, 2],
      ],
    ],
    [
      'it is in flight for one who asked before the answer came',
      [
        [a, first, 0, 5],
        [a, inFlight, 4, 20],
      ],
    ],
  ])('[LIN1] %s', (_what, lines) => {
    expect(verdictOn(key, lines)).toBe('linearizable')
  })

  it.each<[string, Line<KeyAsked, KeyAnswer>[]]>([
    [
      'two answers',
      [
        [a, first, 0, 9],
        [a, second, 1, 3],
      ],
    ],
    [
      'in flight after it was answered',
      [
        [a, first, 0, 5],
        [a, inFlight, 6, 7],
      ],
    ],
    [
      'reused with the only body there was',
      [
        [a, first, 0, 5],
        [a, reused, 6, 7],
      ],
    ],
    [
      'answers to two bodies',
      [
        [a, first, 0, 9],
        [b, second, 1, 3],
      ],
    ],
    [
      'refused, although nobody can have bound it by then',
      [
        [b, reused, 0, 1],
        [b, first, 2, 3],
      ],
    ],
  ])('[LIN1] refuses %s', (_what, lines) => {
    expect(verdictOn(key, lines)).toBe('not_linearizable')
  })
})

describe('a hold', () => {
  const look: HoldAsked = { kind: 'look' }
  const release: HoldAsked = { kind: 'release' }
  const order = (by: string): HoldAsked => ({ kind: 'order', key: by })
  const is = (state: 'held' | 'ordered' | 'sold' | 'released' | 'expired'): HoldAnswer => ({ kind: 'is', state })
  const taken: HoldAnswer = { kind: 'taken', orderId: 'ord_1' }
  const already: HoldAnswer = { kind: 'already_ordered', orderId: 'ord_1' }
  const ended: HoldAnswer = { kind: 'has_ended' }

  it.each<[string, Line<HoldAsked, HoldAnswer>[]]>([
    [
      'is released once, and stays so',
      [
        [look, is('held'), 0, 1],
        [release, is('released'), 2, 4],
        [order('k'), ended, 3, 9],
        [look, is('released'), 5, 6],
      ],
    ],
    [
      'is ordered once, under each of its keys',
      [
        [order('k'), taken, 0, 9],
        [order('l'), already, 1, 8],
        [order('k'), taken, 10, 11],
        [release, already, 12, 13],
      ],
    ],
    [
      'is seen as held by one who asked before the release came',
      [
        [release, is('released'), 0, 5],
        [look, is('held'), 1, 9],
      ],
    ],
    [
      'is ordered by one who never heard of it',
      [
        [order('k'), LOST, 0],
        [release, already, 5, 6],
        [order('k'), taken, 7, 8],
        [look, is('sold'), 9, 10],
      ],
    ],
  ])('[LIN2] %s', (_what, lines) => {
    expect(verdictOn(hold(), lines)).toBe('linearizable')
  })

  it.each<[string, Line<HoldAsked, HoldAnswer>[]]>([
    [
      'released and ordered',
      [
        [release, is('released'), 0, 9],
        [order('k'), taken, 1, 8],
      ],
    ],
    [
      'ordered twice',
      [
        [order('k'), taken, 0, 9],
        [order('l'), { kind: 'taken', orderId: 'ord_2' }, 1, 8],
      ],
    ],
    [
      'held again',
      [
        [release, is('released'), 0, 1],
        [look, is('held'), 2, 3],
      ],
    ],
    [
      'ended, and nobody has ended it',
      [
        [look, is('held'), 0, 1],
        [order('k'), ended, 2, 3],
      ],
    ],
    [
      'two names for one order',
      [
        [order('k'), taken, 0, 1],
        [release, { kind: 'already_ordered', orderId: 'ord_2' }, 2, 3],
      ],
    ],
    [
      'ordered after it was sold',
      [
        [order('k'), taken, 0, 1],
        [look, is('sold'), 2, 3],
        [look, is('ordered'), 4, 5],
      ],
    ],
  ])('[LIN2] refuses: %s', (_what, lines) => {
    expect(verdictOn(hold(), lines)).toBe('not_linearizable')
  })

  it('[LIN2] may run out only where its time can', () => {
    const lines: Line<HoldAsked, HoldAnswer>[] = [
      [look, is('held'), 0, 1],
      [order('k'), ended, 2, 3],
      [look, is('expired'), 4, 5],
    ]
    expect(verdictOn(hold({ mayExpire: true }), lines)).toBe('linearizable')
    expect(verdictOn(hold(), lines)).toBe('not_linearizable')
  })
})

describe('a pass', () => {
  it('[LIN3] lets one through, again and again if need be, and nobody else', () => {
    const x: PassAsked = { by: 'x' }
    const y: PassAsked = { by: 'y' }
    expect(
      verdictOn(singleUsePass, [
        [x, 'let_through', 0, 9],
        [y, 'already_used', 1, 2],
        [x, 'let_through', 10, 11],
      ]),
    ).toBe('linearizable')
    expect(
      verdictOn(singleUsePass, [
        [y, LOST, 0],
        [x, 'already_used', 1, 2],
      ]),
    ).toBe('linearizable')
    expect(
      verdictOn(singleUsePass, [
        [x, 'let_through', 0, 9],
        [y, 'let_through', 1, 2],
      ]),
    ).toBe('not_linearizable')
    expect(verdictOn(singleUsePass, [[x, 'already_used', 0, 9]])).toBe('not_linearizable')
  })
})

describe('the limit of a visitor', () => {
  const two: LimitAsked = { kind: 'hold', units: 2 }
  const back: LimitAsked = { kind: 'give_back', units: 2 }

  it('[LIN4] counts what they have, to the unit', () => {
    const limit = purchaseLimit(3)
    expect(
      verdictOn(limit, [
        [two, 'granted', 0, 9],
        [two, { alreadyTaken: 2 }, 1, 8],
      ]),
    ).toBe('linearizable')
    expect(
      verdictOn(limit, [
        [two, 'granted', 0, 9],
        [two, 'granted', 1, 8],
      ]),
    ).toBe('not_linearizable')
    expect(
      verdictOn(limit, [
        [two, 'granted', 0, 1],
        [two, { alreadyTaken: 0 }, 2, 3],
      ]),
    ).toBe('not_linearizable')
    expect(
      verdictOn(limit, [
        [two, LOST, 0],
        [two, { alreadyTaken: 2 }, 5, 6],
      ]),
    ).toBe('linearizable')
  })

  it('[LIN4] lets units that are given back count until their owner has heard of it', () => {
    const limit = purchaseLimit(3)
    const stillCounts: Line<LimitAsked, LimitAnswer> = [two, { alreadyTaken: 2 }, 4, 5]
    const free: Line<LimitAsked, LimitAnswer> = [two, 'granted', 6, 7]
    expect(verdictOn(limit, [[two, 'granted', 0, 1], [back, LOST, 2], stillCounts, free])).toBe('linearizable')
    expect(verdictOn(limit, [[two, 'granted', 0, 1], [back, 'given_back', 2, 3], stillCounts])).toBe('not_linearizable')
  })
})

describe('the checker', () => {
  it('[LIN5] never takes a search it gave up for a proof', () => {
    const lines = Array.from({ length: 40 }, (): Line<KeyAsked, KeyAnswer> => [a, first, 0, 9])
    expect(checkLinearizability(idempotencyKey(['a']), history(lines), { stepsMost: 10 }).verdict).toBe('unknown')
    expect(checkLinearizability(idempotencyKey(['a']), history(lines)).verdict).toBe('linearizable')
  })

  it('[LIN5] tells how far it came, and which answer it could not explain', () => {
    const lines = history<PassAsked, PassAnswer>([
      [{ by: 'x' }, 'let_through', 0, 1],
      [{ by: 'y' }, 'already_used', 2, 3],
      [{ by: 'z' }, 'let_through', 4, 5],
    ])
    expect(checkLinearizability(singleUsePass, lines)).toEqual({
      verdict: 'not_linearizable',
      explained: [lines[0], lines[1]],
      unexplained: lines[2],
    })
  })

  it('[LIN6] says of every small history what trying all orders says', () => {
    let accepted = 0
    let refused = 0
    const instant = fc.integer({ min: 0, max: 12 })
    const operation = fc
      .tuple(
        instant,
        instant,
        fc.constantFrom('x', 'y', 'z'),
        fc.constantFrom<PassAnswer | null>('let_through', 'already_used', LOST),
      )
      .map(([s, t, by, output]) => ({ input: { by }, output, from: Math.min(s, t), to: Math.max(s, t) }))
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (ops) => {
        const expected = someOrderExplains(singleUsePass, ops, singleUsePass.initial)
        if (expected) accepted += 1
        else refused += 1
        expect(checkLinearizability(singleUsePass, ops).verdict).toBe(expected ? 'linearizable' : 'not_linearizable')
      }),
      { numRuns: 3_000, seed: 6 },
    )
    expect(Math.min(accepted, refused), 'both verdicts were given').toBeGreaterThan(300)
  })
})

describe('histories made by dice', () => {
  const seeds = Array.from({ length: 150 }, (_, i) => i + 1)

  it.each(makers())('[LIN7] are accepted as they were lived, and refused once spoilt: $name', (maker) => {
    for (const seed of seeds) {
      const { lived, spoilt } = maker.make(seededRandom(seed))
      expect(lived, `seed ${seed}`).toBe('linearizable')
      expect(spoilt, `seed ${seed}, spoilt`).toBe('not_linearizable')
    }
  })
})

/** The definition itself, without any cleverness. */
function someOrderExplains<State, Input, Output>(
  spec: Spec<State, Input, Output>,
  rest: readonly Operation<Input, Output>[],
  state: State,
): boolean {
  if (rest.every(({ output }) => output === null)) return true
  return rest.some((operation) => {
    const later = rest.filter((other) => other !== operation)
    const mayComeFirst = later.every(({ output, to }) => output === null || to >= operation.from)
    if (!mayComeFirst) return false
    return spec.after(state, operation.input, operation.output).some((next) => someOrderExplains(spec, later, next))
  })
}

interface Maker<State, Input, Output> {
  name: string
  spec: Spec<State, Input, Output>
  initial: State
  /** Something to ask, and what the thing answers in this state. */
  ask: (state: State, dice: Random, n: number) => { input: Input; output: Output; next: State }
  /** An answer of the same history that no order can explain. */
  spoil: (history: Operation<Input, Output>[], dice: Random) => void
}

function makers(): { name: string; make: (dice: Random) => { lived: string; spoilt: string } }[] {
  const key: Maker<KeyState, KeyAsked, KeyAnswer> = {
    name: 'keys',
    spec: idempotencyKey(['a', 'b']),
    initial: { body: null, answer: null },
    ask: (state, dice, n) => {
      const input = { body: pick(dice, ['a', 'a', 'b']) }
      const bound = state.body ?? input.body
      if (bound !== input.body) return { input, output: reused, next: state }
      if (state.answer === null && n < 5) return { input, output: inFlight, next: { ...state, body: bound } }
      return { input, output: first, next: { body: bound, answer: 'hold 1' } }
    },
    spoil: (ops, dice) => {
      const answered = ops.filter(({ output }) => output?.kind === 'answered')
      pick(dice, answered).output = second
    },
  }
  const holds: Maker<HoldState, HoldAsked, HoldAnswer> = {
    name: 'holds',
    spec: hold(),
    initial: { is: 'held' },
    ask: (state, dice, n) => {
      const order: HoldAsked = { kind: 'order', key: pick(dice, ['k', 'l']) }
      const input: HoldAsked =
        n < 8 ? { kind: 'look' } : pick<HoldAsked>(dice, [{ kind: 'look' }, { kind: 'release' }, order])
      return { input, ...answerOfHold(state, input) }
    },
    spoil: (ops, dice) => {
      // Long after everything else, somebody is told of a second end.
      const last = Math.max(...ops.map(({ to }) => to))
      ops.push({
        input: { kind: 'order', key: 'm' },
        output: { kind: 'taken', orderId: 'ord_9' },
        from: last + 1,
        to: last + 2,
      })
      ops.push({
        input: { kind: 'release' },
        output: { kind: 'is', state: 'released' },
        from: last + 1,
        to: last + 2 + dice.fraction(),
      })
    },
  }
  const limit: Maker<number, LimitAsked, LimitAnswer> = {
    name: 'limits',
    spec: purchaseLimit(5),
    initial: 0,
    ask: (taken, dice) => {
      const units = 1 + Math.floor(dice.fraction() * 2)
      if (taken >= units && dice.fraction() < 0.4) {
        return { input: { kind: 'give_back', units }, output: 'given_back', next: taken - units }
      }
      const input: LimitAsked = { kind: 'hold', units }
      if (taken + units > 5) return { input, output: { alreadyTaken: taken }, next: taken }
      return { input, output: 'granted', next: taken + units }
    },
    spoil: (ops, dice) => {
      const refusal = pick(
        dice,
        ops.filter(({ input }) => input.kind === 'hold'),
      )
      refusal.output = { alreadyTaken: 6 }
    },
  }
  const pass: Maker<string | null, PassAsked, PassAnswer> = {
    name: 'passes',
    spec: singleUsePass,
    initial: null,
    ask: (usedBy, dice) => {
      const input = { by: pick(dice, ['x', 'y', 'z']) }
      const through = usedBy ?? input.by
      return { input, output: through === input.by ? 'let_through' : 'already_used', next: through }
    },
    spoil: (ops, dice) => {
      const refused = ops.filter(({ output }) => output === 'already_used')
      pick(dice, refused).output = 'let_through'
    },
  }
  return [made(key), made(holds), made(limit), made(pass)]
}

function answerOfHold(state: HoldState, asked: HoldAsked): { output: HoldAnswer; next: HoldState } {
  const orderId = 'ord_1'
  if (asked.kind === 'look') return { output: { kind: 'is', state: state.is }, next: state }
  if (state.is === 'held') {
    return asked.kind === 'release'
      ? { output: { kind: 'is', state: 'released' }, next: { is: 'released' } }
      : { output: { kind: 'taken', orderId }, next: { is: 'ordered', key: asked.key, orderId } }
  }
  if (state.is === 'ordered') {
    const mine = asked.kind === 'order' && asked.key === state.key
    return { output: { kind: mine ? 'taken' : 'already_ordered', orderId }, next: state }
  }
  return { output: asked.kind === 'release' ? { kind: 'is', state: 'released' } : { kind: 'has_ended' }, next: state }
}

/** Lives sixty operations one after another, then lets their questions and answers drift apart in time. */
function made<State, Input, Output>(maker: Maker<State, Input, Output>) {
  const make = (dice: Random): { lived: string; spoilt: string } => {
    const ops: Operation<Input, Output>[] = []
    let state = maker.initial
    for (let n = 0; n < 60; n++) {
      const { input, output, next } = maker.ask(state, dice, n)
      state = next
      const isLost = n % 7 === 6
      const at = 10 * n
      ops.push({
        input,
        output: isLost ? LOST : output,
        from: at - 40 * dice.fraction(),
        to: at + 40 * dice.fraction(),
      })
    }
    const lived = checkLinearizability(maker.spec, ops).verdict
    maker.spoil(ops, dice)
    return { lived, spoilt: checkLinearizability(maker.spec, ops).verdict }
  }
  return { name: maker.name, make }
}

function pick<Thing>(dice: Random, things: readonly Thing[]): Thing {
  return things[Math.floor(dice.fraction() * things.length)]!
}
