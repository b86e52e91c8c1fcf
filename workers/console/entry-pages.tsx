/** The door of the console, and the list of drops behind it. */
import type { FC } from 'hono/jsx'
import { statusAt, type Drop } from '../../domain/drop/drop.ts'
import { number, span } from './say.ts'

export const SignInPage: FC<{ next: string; mistake: boolean }> = ({ next, mistake }) => (
  <div class="sign-in">
    <h1>Console</h1>
    <form method="post" action="/console/sign-in" class="sign-in-form">
      <input type="hidden" name="next" value={next} />
      <div class="field">
        <label for="key">Operator key</label>
        <input
          id="key"
          name="key"
          type="password"
          required
          autofocus
          autocomplete="current-password"
          spellcheck={false}
          maxlength={100}
          placeholder="onr_…"
          aria-describedby={mistake ? 'key-mistake' : undefined}
          aria-invalid={mistake ? 'true' : undefined}
        />
        {mistake ? (
          <p class="mistake" id="key-mistake">
            This key opens nothing here. It may be mistyped, revoked, or another shop’s.
          </p>
        ) : null}
      </div>
      <button class="button">Sign in</button>
    </form>
    <p class="small">
      The key is asked for once and not kept: this browser gets a signed cookie that lasts an hour after your last look,
      and ends at once when the key is revoked.
    </p>
  </div>
)

const WORDS = { scheduled: 'Scheduled', open: 'Open', paused: 'Paused', sold_out: 'Sold out', ended: 'Ended' } as const

export const DropsPage: FC<{ drops: readonly Drop[]; now: number }> = ({ drops, now }) => (
  <div class="drops">
    <h1>Drops</h1>
    {drops.length === 0 ? (
      <p>
        There is no drop yet. Plan one by <code>POST /api/v1/admin/drops</code>; see <a href="/docs">the API</a>.
      </p>
    ) : (
      <ul class="drop-list">
        {drops.map((drop) => {
          const status = statusAt(now, drop)
          return (
            <li>
              <a href={`/console/drops/${drop.slug}`}>
                <span class={`mini-state state-${status}`}>{WORDS[status]}</span>
                <b>{drop.title}</b>
                <span class="drop-when">
                  {status === 'scheduled'
                    ? `opens in ${span(drop.opensAt - now)}`
                    : `${number(drop.free)} of ${number(drop.total)} free`}
                </span>
              </a>
            </li>
          )
        })}
      </ul>
    )}
  </div>
)
