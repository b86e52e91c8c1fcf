import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Questions } from './ask-all.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const clock = { now: () => Date.now() }
const never = (): Promise<number> => new Promise(() => {})

it('[CON4] names whoever fails and whoever hangs, and brings what the others say', async () => {
  const questions = new Questions(clock)
  const one = questions.add('one', async () => 1)
  const hangs = questions.add('hangs', never)
  const fails = questions.add('fails', () => Promise.reject(new Error('away')))
  const two = questions.add('two', async () => 2)
  const asked = questions.askAll()
  await vi.advanceTimersByTimeAsync(1_500)
  await asked
  expect([one.answer, two.answer, hangs.answer, fails.answer]).toEqual([1, 2, null, null])
  expect(questions.silent.toSorted()).toEqual(['fails', 'hangs'])
})

it('[CON4] waits for nobody any more after two and a half seconds, however many hang', async () => {
  const questions = new Questions(clock)
  for (let i = 0; i < 100; i++) questions.add(`stock/${i}`, never)
  const began = Date.now()
  const asked = questions.askAll()
  await vi.advanceTimersByTimeAsync(2_500)
  await asked
  expect(Date.now() - began).toBe(2_500)
  expect(questions.silent).toHaveLength(100)
})

it('[CON4] asks six at a time', async () => {
  const questions = new Questions(clock)
  let open = 0
  let most = 0
  for (let i = 0; i < 40; i++) {
    questions.add(`stock/${i}`, async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setTimeout(resolve, 10))
      open--
    })
  }
  const asked = questions.askAll()
  await vi.advanceTimersByTimeAsync(1_000)
  await asked
  expect(most).toBe(6)
  expect(questions.silent).toEqual([])
})
