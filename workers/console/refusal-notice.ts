/** A refusal, as the console says it on the page it came from. */
import { PROBLEMS, problemFor, type Refusal } from '../problems.ts'
import type { Notice } from './drop-page.tsx'

export function refusedAs(refusal: Refusal, requestId: string): { notice: Notice; status: number } {
  const { title, help } = PROBLEMS[refusal.code]
  const { status } = problemFor(refusal, requestId)
  return { notice: { tone: 'bad', title, detail: help.replaceAll('`', '') }, status }
}
