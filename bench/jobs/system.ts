/** What is asked of everybody who keeps jobs. */
export interface JobSystem {
  name: string
  /** Makes one job; resolves when it is promised. */
  make(): Promise<void>
  makeMany(count: number): Promise<void>
  /** Makes one job, and answers how long it took until its handler had ended, ms. */
  startToDone(): Promise<number>
  /** Resolves when so many have been done since the beginning. */
  allDone(count: number): Promise<void>
  /** While `work` runs, nobody works on jobs. */
  withWorkersAway<Result>(work: () => Promise<Result>): Promise<Result>
  stop(): Promise<void>
}

export const LOOK_EVERY_MS = 100
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
