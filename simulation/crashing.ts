/** A store whose transactions crash, just before they would commit, when the weather says so. */
import { Crash } from './network.ts'

export interface Transactional {
  transaction<Result>(work: () => Result): Result
}

export function crashing<Store extends Transactional>(store: Store, crashes: () => boolean): Store {
  const commit = store.transaction.bind(store)
  store.transaction = (work) =>
    commit(() => {
      const result = work()
      if (crashes()) throw new Crash('before commit')
      return result
    })
  return store
}
