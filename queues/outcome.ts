/** What becomes of a message, as its consumer sees it. Only index.ts acks and retries. */
export type Outcome =
  | { kind: 'done' }
  /** Later, as something is away. */
  | { kind: 'again'; afterMs: number; why: string }
  /** Never: it makes no sense, and would make none the next time. */
  | { kind: 'give_up'; why: string }

export const done: Outcome = { kind: 'done' }
export const again = (afterMs: number, why: unknown): Outcome => ({ kind: 'again', afterMs, why: reasonOf(why) })
export const giveUp = (why: string): Outcome => ({ kind: 'give_up', why })

/** A short text for logs and dead letters. Can not throw, whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  const text =
    thrown instanceof Error
      ? `${thrown.name}: ${thrown.message}`
      : typeof thrown === 'string'
        ? thrown
        : 'something that is no error'
  return text.slice(0, 500)
}
