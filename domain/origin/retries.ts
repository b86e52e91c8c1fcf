/**
 * A second try helps one visitor and, when everybody tries twice, ends an origin that was merely slow. So tries are
 * earned: a tenth by each request, and never more than ten saved up. All requests together are at most 1.1 times as many
 * as visitors made, and ten.
 */
export interface RetryBudget {
  /** Tenths of a try, so that they add up exactly. */
  tenths: number
}

const SAVED_TENTHS_MAX = 100

export const NO_TRIES_YET: RetryBudget = { tenths: SAVED_TENTHS_MAX }

export const earned = ({ tenths }: RetryBudget): RetryBudget => ({ tenths: Math.min(SAVED_TENTHS_MAX, tenths + 1) })

/** The budget after a second try; null: there is none to spend. */
export const spent = ({ tenths }: RetryBudget): RetryBudget | null => (tenths >= 10 ? { tenths: tenths - 10 } : null)

/** Methods that may be sent again when nobody knows whether they arrived (RFC 9110 section 9.2.2); without a body. */
export const mayRepeat = (method: string, hasBody: boolean): boolean =>
  !hasBody && ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].includes(method)
