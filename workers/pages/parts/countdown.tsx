/**
 * A countdown to an instant of the server's clock. Drawn right by the server; a script keeps it right, after asking
 * `/clock` what time it really is. Readers of the screen hear the instant, not every second.
 */
import type { FC } from 'hono/jsx'
import { clockParts, instantInWords } from '../words.ts'

type CountdownProps = {
  until: number
  now: number
  locale: string
  /** Said before the instant: "Opens", "Yours until". */
  verb: string
  /** What the script does at the end: `reload` the page, or only `stop` at zero. */
  atEnd: 'reload' | 'stop'
  size?: 'large' | 'small'
}

const UNITS = ['days', 'hours', 'min', 'sec'] as const

export const Countdown: FC<CountdownProps> = ({ until, now, locale, verb, atEnd, size = 'large' }) => {
  const parts = clockParts(until - now)
  const instant = instantInWords(until, locale)
  return (
    <div class={`countdown countdown-${size}`} data-countdown={until} data-now={now} data-at-end={atEnd}>
      <p class="countdown-digits" aria-hidden="true">
        {UNITS.map((unit, i) =>
          i === 0 && parts[0] === 0 ? null : size === 'small' && i === 1 && parts[0] === 0 && parts[1] === 0 ? null : (
            <span>
              <b data-unit={unit}>{String(parts[i] ?? 0).padStart(2, '0')}</b>
              <i>{unit}</i>
            </span>
          ),
        )}
      </p>
      <p class="countdown-words">
        {verb}{' '}
        <time datetime={new Date(until).toISOString()} data-local={locale}>
          {instant}
        </time>
      </p>
    </div>
  )
}
