/** Asks the running shop, and keeps for every question when it was asked, when its answer came, and what it said. */
import type { Operation } from '../../simulation/linearizability/check.ts'

export interface Said {
  status: number
  text: string
  body: Record<string, unknown>
  cookie: string
}

export interface Question {
  method: string
  path: string
  body?: unknown
  key?: string
  cookie?: string
}

/** Longer than a restart of the Worker; whoever hears nothing for so long has lost their answer. */
const PATIENCE_MS = 8_000

/** Null: no answer, or one that says nothing about what became of the question (a fault of ours or of the way here). */
export async function ask(url: string, { method, path, body, key, cookie }: Question): Promise<Said | null> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(cookie !== undefined && { cookie }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    const text = await response.text()
    if (response.status >= 500) return null
    const cookies = response.headers.getSetCookie().map((one) => one.split(';', 1)[0]!)
    return { status: response.status, text, body: JSON.parse(text) as Said['body'], cookie: cookies.join('; ') }
  } catch {
    return null
  }
}

/** What was seen of one thing. */
export class History<Input, Output> {
  readonly name: string
  readonly operations: Operation<Input, Output>[] = []

  constructor(name: string) {
    this.name = name
  }

  /** `answer` resolves with null when none was heard. */
  async record(input: Input, answer: () => Promise<Output | null>): Promise<Output | null> {
    const from = performance.now()
    const output = await answer()
    this.operations.push({ input, output, from, to: performance.now() })
    return output
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
