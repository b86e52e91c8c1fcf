import { describe, expect, it } from 'vitest'
import { gather, oneTurn } from './gather.ts'

/** Answers each number with its double, and keeps a list of what came together. */
function doubling(callsMax = 100) {
  const together: number[][] = []
  const double = gather<number, number>({
    flush: (calls) => {
      together.push([...calls])
      if (calls.includes(13)) throw new Error('thirteen')
      return calls.map((call) => call * 2)
    },
    callsMax,
    pause: oneTurn,
  })
  return { double, together }
}

describe('gathering', () => {
  it('[STK23] flushes together what arrives together, and answers each', async () => {
    const { double, together } = doubling()
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6])
    expect(await double(4)).toBe(8)
    expect(together).toEqual([[1, 2, 3], [4]])
  })

  it('[STK23] rejects everybody in a flush that fails, and nobody after it', async () => {
    const { double } = doubling(2)
    const answers = await Promise.allSettled([1, 13, 3].map(double))
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(await double(5)).toBe(10)
  })

  it('[STK23] keeps each flush short', async () => {
    const { double, together } = doubling(3)
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map(double))
    expect(together).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  })

  it('[STK23] lets what arrives during a flush form the next one', async () => {
    const together: string[][] = []
    let open = () => {}
    const gate = new Promise<void>((resolve) => (open = resolve))
    const ask = gather<string, string>({
      flush: async (calls) => {
        together.push([...calls])
        if (calls.includes('first')) await gate
        return calls
      },
      callsMax: 100,
      pause: () => Promise.resolve(),
    })
    const first = ask('first')
    await oneTurn()
    const others = [ask('second'), ask('third')]
    await oneTurn()
    open()
    await Promise.all([first, ...others])
    expect(together).toEqual([['first'], ['second', 'third']])
  })

  it('[STK23] calls it a bug when a flush forgets an answer', async () => {
    const forgetful = gather<number, number>({ flush: () => [1], callsMax: 9, pause: () => Promise.resolve() })
    const answers = await Promise.allSettled([forgetful(1), forgetful(2)])
    expect(answers).toMatchObject([{ reason: { name: 'BrokenPromise' } }, { reason: { name: 'BrokenPromise' } }])
  })
})
