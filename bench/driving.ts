/** Asks something over and over with so many questions in flight, from inside the runtime. */
export interface Driven {
  answered: number
  perSecond: number
  /** Of one question, ms. */
  p50: number
  p99: number
}

export async function drive(ask: () => Promise<unknown>, inFlight: number, seconds: number): Promise<Driven> {
  const waits: number[] = []
  const startedAt = performance.now()
  const until = startedAt + seconds * 1000
  const askOn = async (): Promise<void> => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      await ask()
      waits.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, askOn))
  const sorted = waits.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  const perSecond = waits.length / ((performance.now() - startedAt) / 1000)
  return { answered: waits.length, perSecond, p50: at(0.5), p99: at(0.99) }
}
