/** The country a request comes from. */
import type { Asked } from '../context.ts'

/** As the network says (ISO 3166-1 alpha-2); null where it does not know: `XX`, and `T1` for Tor. */
export const countryOf = (c: Asked): string | null => countryIn(c.req.raw)

/** The same of a request as it came. */
export function countryIn({ cf }: Request): string | null {
  const { country } = (cf ?? {}) as { country?: unknown }
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : null
}
