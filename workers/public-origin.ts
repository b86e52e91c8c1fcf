/**
 * Where links lead that leave this request: in letters, at the bank as the way back, as canonical addresses.
 *
 * `Host` is written by whoever asks. A link made from it would carry an order's secret to any host a stranger names
 * (OWASP WSTG, "Testing for Host Header Injection"). So only a host that the store has registered counts, or on a
 * laptop a loopback one; else it is the store's first, whatever was asked.
 */
import type { Store } from '../domain/store/store.ts'

const LOOPBACK = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The origin of this shop's links, such as `https://shop.example`; never a host that is not the shop's own. */
export function publicOrigin(asked: URL, store: Pick<Store, 'hostnames'>, env: OriginEnv): string {
  if (store.hostnames.includes(asked.hostname)) return asked.origin
  const onLaptop = env.ENVIRONMENT === 'dev' || env.ENVIRONMENT === 'test'
  if (onLaptop && LOOPBACK.test(asked.hostname)) return asked.origin
  const [first] = store.hostnames
  if (first !== undefined) return `https://${first}`
  if (env.PUBLIC_ORIGIN) return env.PUBLIC_ORIGIN
  // A shop that nobody has given a name: a dead link is better than a stranger's.
  return onLaptop && asked.port !== '' ? `http://localhost:${asked.port}` : 'http://localhost'
}

export interface OriginEnv {
  ENVIRONMENT: string
  /** For a shop without registered host names, such as one on workers.dev: `https://onrush.example.workers.dev`. */
  PUBLIC_ORIGIN?: string | undefined
}
