/**
 * A deadline for what is asked of others. Nothing on the platform promises that a call to another object, or a message
 * for a queue, ever ends; what waits for one that does not would wait for ever, and with it whatever stands behind.
 *
 * What came too late may still have happened: only what is safe to repeat may be asked like this.
 */
import { Fault } from '../../platform/fault.ts'

/** How long another object, or a queue, may take. Several times what a busy one takes; a buyer still waits for it. */
export const CALL_PATIENCE_MS = 4_000

/** The work's own result or fault, or a fault after `ms`; what becomes of the work after that is nobody's concern. */
export async function within<Result>(ms: number, what: string, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault(`${what} took longer than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
