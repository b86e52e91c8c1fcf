/**
 * Stops the turn when one of our own promises is broken. On in production: an object that stops is better than one
 * that sells the last unit twice. Never for bad input and never for a world that fails; those are refusals and faults.
 */
export function assert(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new BrokenPromise(promise)
}

/** A bug: we broke our own promise. Answered with 500 and a request id, and someone is woken. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}
