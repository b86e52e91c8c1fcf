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

/** A short text for logs and dead letters, with what lies behind it. Can not throw, whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  const texts: string[] = []
  for (let one = thrown; one !== undefined && texts.length < 3; one = one instanceof Error ? one.cause : undefined) {
    texts.push(one instanceof Error ? `${one.name}: ${one.message}` : typeof one === 'string' ? one : 'no error at all')
  }
  return texts.join(' / ').slice(0, 500)
}
