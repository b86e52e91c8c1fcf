/**
 * What the shop's single things do when they are asked one operation at a time: the whole promise, with no network and
 * no crowd in it. `check.ts` holds recorded histories against these.
 */
import type { Spec } from './check.ts'

/** One Idempotency-Key, asked with a body. */
export interface KeyAsked {
  body: string
}
export type KeyAnswer =
  /** The answer of the one request behind the key, as text. */
  | { kind: 'answered'; answer: string }
  /** That request is being worked on. */
  | { kind: 'in_flight' }
  /** The key stands for another body. */
  | { kind: 'reused' }

export interface KeyState {
  body: string | null
  answer: string | null
}

/**
 * IDM3 to IDM7: the first body binds the key, its answer is everybody's, and once somebody has heard it nobody is told
 * any more that it is in flight. `bodies`: every body that the history asks with, for who hears `reused` learns that the
 * key was bound by one of the others without learning by which.
 */
export const idempotencyKey = (bodies: readonly string[]): Spec<KeyState, KeyAsked, KeyAnswer> => ({
  initial: { body: null, answer: null },
  keyOf: ({ body, answer }) => JSON.stringify([body, answer]),
  after: (state, { body }, output) => {
    const bound = state.body ?? body
    if (output?.kind === 'reused') {
      const others = state.body === null ? bodies : [state.body]
      return others.filter((other) => other !== body).map((other) => ({ body: other, answer: state.answer }))
    }
    if (bound !== body) return output === null ? [state] : []
    if (output?.kind === 'answered') {
      const { answer } = output
      return state.answer === null || state.answer === answer ? [{ body, answer }] : []
    }
    if (output?.kind === 'in_flight' && state.answer !== null) return []
    return [{ body, answer: state.answer }]
  },
})

/** One hold, once its visitor has been told of it. */
export type HoldAsked = { kind: 'look' } | { kind: 'release' } | { kind: 'order'; key: string }
export type HoldAnswer =
  | { kind: 'is'; state: 'held' | 'ordered' | 'sold' | 'released' | 'expired' }
  | { kind: 'taken'; orderId: string }
  | { kind: 'already_ordered'; orderId: string }
  | { kind: 'has_ended' }

export type HoldState =
  | { is: 'held' | 'released' | 'expired' }
  /** By the order with this key; its id is unknown until somebody has been told. */
  | { is: 'ordered' | 'sold'; key: string | null; orderId: string | null }

/**
 * HLD9, ORD2, ORD4: a hold is released, or expires, or becomes one order, once and for good. `mayExpire`: whether its
 * time can run out within the history. Its order, if it gets one, is paid; histories with declined payments are not for
 * this spec.
 */
export const hold = ({ mayExpire = false } = {}): Spec<HoldState, HoldAsked, HoldAnswer> => ({
  initial: { is: 'held' },
  keyOf: (state) => JSON.stringify(state),
  after: (state, input, output) => {
    const now: HoldState[] = mayExpire && state.is === 'held' ? [state, { is: 'expired' }] : [state]
    return now.flatMap((one) => afterOnHold(one, input, output))
  },
})

function afterOnHold(state: HoldState, input: HoldAsked, output: HoldAnswer | null): readonly HoldState[] {
  switch (input.kind) {
    case 'look':
      return output === null ? [state] : afterLook(state, output)
    case 'release':
      return afterRelease(state, output)
    case 'order':
      return afterOrder(state, input.key, output)
  }
}

function afterLook(state: HoldState, output: HoldAnswer): readonly HoldState[] {
  if (output.kind !== 'is') return []
  // Between the order and the sale nobody asks; who looks sees that it has happened.
  if (state.is === 'ordered' && output.state === 'sold') return [{ ...state, is: 'sold' }]
  return state.is === output.state ? [state] : []
}

function afterRelease(state: HoldState, output: HoldAnswer | null): readonly HoldState[] {
  switch (state.is) {
    case 'held':
      return output === null || says(output, 'released') ? [{ is: 'released' }] : []
    case 'released':
    case 'expired':
      return output === null || says(output, state.is) ? [state] : []
    default:
      return output === null ? [state] : ofOrder(state, output, 'already_ordered')
  }
}

function afterOrder(state: HoldState, key: string, output: HoldAnswer | null): readonly HoldState[] {
  switch (state.is) {
    case 'held':
      if (output === null) return [{ is: 'ordered', key, orderId: null }]
      return output.kind === 'taken' ? [{ is: 'ordered', key, orderId: output.orderId }] : []
    case 'released':
    case 'expired':
      return output === null || output.kind === 'has_ended' ? [state] : []
    default:
      if (output === null) return [state]
      return ofOrder(state, output, state.key === key ? 'taken' : 'already_ordered')
  }
}

const says = (output: HoldAnswer, state: string): boolean => output.kind === 'is' && output.state === state

/** The answer names the order behind the hold; the first to hear its id settles what it is. */
function ofOrder(
  state: Extract<HoldState, { orderId: string | null }>,
  output: HoldAnswer,
  kind: 'taken' | 'already_ordered',
): readonly HoldState[] {
  if (output.kind !== kind || (state.orderId !== null && state.orderId !== output.orderId)) return []
  return [{ ...state, orderId: output.orderId }]
}

/** A pass that lets one hold through, asked for by that hold's name; the same hold may ask again. */
export interface PassAsked {
  by: string
}
export type PassAnswer = 'let_through' | 'already_used'

/** Whom the pass has let through; null: nobody yet. */
export const singleUsePass: Spec<string | null, PassAsked, PassAnswer> = {
  initial: null,
  keyOf: String,
  after: (usedBy, { by }, output) => {
    const through = usedBy ?? by
    if (output === null) return [through]
    return (through === by) === (output === 'let_through') ? [through] : []
  },
}

/** One visitor's units of one SKU. */
export type LimitAsked = { kind: 'hold'; units: number } | { kind: 'give_back'; units: number }
export type LimitAnswer = 'granted' | { alreadyTaken: number } | 'given_back'

/**
 * STK5: how many a visitor has, and never more than the limit. Units that are given back count until their owner has
 * heard of it, which is later than the visitor's answer: record giving back as a question without an answer.
 */
export const purchaseLimit = (limit: number): Spec<number, LimitAsked, LimitAnswer> => ({
  initial: 0,
  keyOf: String,
  after: (taken, { kind, units }, output) => {
    if (kind === 'give_back') return output === null || output === 'given_back' ? [taken - units] : []
    const fits = taken + units <= limit
    if (output === null) return [fits ? taken + units : taken]
    if (output === 'granted') return fits ? [taken + units] : []
    return typeof output === 'object' && !fits && output.alreadyTaken === taken ? [taken] : []
  },
})
