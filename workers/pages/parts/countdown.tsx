/**
 * A countdown to an instant of the server's clock. Drawn right by the server; a script keeps it right, after asking
 * `/clock` what time it really is. Readers of the screen hear the instant, not every second.
 */
import type { FC } from 'hono/jsx'
import { wordsFor } from '../languages/index.ts'
import { clockParts } from '../words.ts'
import { Instant } from './say.tsx'

type CountdownProps = {
  until: number
  now: number
  locale: string
  /** Said before the instant: "Opens", "Yours until". Null: the words around the digits say the instant. */
  verb: string | null
  /** What the script does at the end: `reload` the page, or only `stop` at zero. */
  atEnd: 'reload' | 'stop'
  size?: 'large' | 'small'
}

const UNITS = ['days', 'hours', 'min', 'sec'] as const

export const Countdown: FC<CountdownProps> = ({ until, now, locale, verb, atEnd, size = 'large' }) => {
  const parts = clockParts(until - now)
  const { units } = wordsFor(locale).common
  return (
    <div class={`countdown countdown-${size}`} data-countdown={until} data-now={now} data-at-end={atEnd}>
      <p class="countdown-digits" aria-hidden="true">
        {UNITS.map((unit, i) =>
          i === 0 && parts[0] === 0 ? null : size === 'small' && i === 1 && parts[0] === 0 && parts[1] === 0 ? null : (
            <span>
              <b data-unit={unit}>{String(parts[i] ?? 0).padStart(2, '0')}</b>
              <i>{units[unit]}</i>
            </span>
          ),
        )}
      </p>
      {verb === null ? null : (
        <p class="countdown-words">
          {verb} <Instant at={until} locale={locale} />
        </p>
      )}
    </div>
  )
}
