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
    room: oneTurn,
  })
  return { double, together }
}

/** The answer comes a moment before the flush is over. */
async function nobodyIsLeft(): Promise<void> {
  await oneTurn()
  await oneTurn()
}

describe('gathering', () => {
  it('[STK23] flushes the first at once, and together what arrives meanwhile, and answers each', async () => {
    const { double, together } = doubling()
    const answers = Promise.all([1, 2, 3].map(double))
    expect(together).toEqual([[1]])
    expect(await answers).toEqual([2, 4, 6])
    await oneTurn()
    expect(await double(4)).toBe(8)
    expect(together).toEqual([[1], [2, 3], [4]])
  })

  it('[STK23] lets the first of a crowd wait one turn for the others', async () => {
    const { double, together } = doubling()
    await Promise.all([1, 2, 3].map(double))
    await nobodyIsLeft()
    expect(await Promise.all([4, 5].map(double))).toEqual([8, 10])
    await nobodyIsLeft()
    expect(await double(6)).toBe(12)
    await nobodyIsLeft()
    const alone = double(7)
    expect(together).toEqual([[1], [2, 3], [4, 5], [6], [7]])
    await alone
  })

  it('[STK23] rejects everybody in a flush that fails, and nobody after it', async () => {
    const { double } = doubling(2)
    const answers = await Promise.allSettled([1, 2, 13, 3].map(double))
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(await double(5)).toBe(10)
  })

  it('[STK23] keeps each flush short', async () => {
    const { double, together } = doubling(3)
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map(double))
    expect(together).toEqual([[1], [2, 3, 4], [5, 6, 7]])
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
      room: () => Promise.resolve(),
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
    const forgetful = gather<number, number>({ flush: () => [1], callsMax: 9, room: oneTurn })
    const answers = await Promise.allSettled([1, 2, 3].map(forgetful))
    const broken = { reason: { name: 'BrokenPromise' } }
    expect(answers).toMatchObject([{ value: 1 }, broken, broken])
  })
})
