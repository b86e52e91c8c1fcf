/** What a key may do here is what it may do by the API. */
import type { MiddlewareHandler } from 'hono'
import type { Scope } from '../../domain/store/operator-key.ts'
import type { AppEnv } from '../context.ts'
import { shown } from './layout.tsx'
import { mayHere } from './session.ts'

/** Lets on whoever's key has the scope; the others are told so, and nothing is changed. */
export const only =
  (scope: Scope): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    if (mayHere(c, scope)) return next()
    const words = <Sorry title="This key may not do that." detail={`It has no scope ${scope}. Nothing was changed.`} />
    return shown(c, { title: 'Not with this key', isSignedIn: true }, words, 403)
  }

export const Sorry = ({ title, detail }: { title: string; detail: string }) => (
  <div class="sign-in">
    <h1>{title}</h1>
    <p>{detail}</p>
    <p>
      <a href="/console">Back to the drops</a>
    </p>
  </div>
)
