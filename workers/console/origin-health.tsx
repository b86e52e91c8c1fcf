/** How an existing shop's servers do: as all isolates together know it, and as the one that shows the page has seen it. */
import type { FC } from 'hono/jsx'
import type { OriginSeen } from '../../domain/message/pool-desk.ts'
import type { SeenPool } from '../gateway/seen.ts'
import type { PoolFigures } from '../../platform/origin/pools.ts'
import { Counts } from './counts.tsx'
import { number, span } from './say.ts'

export interface WatchedPool extends SeenPool {
  here: PoolFigures
}

export const Health: FC<{ watched: readonly WatchedPool[]; now: number }> = ({ watched, now }) => (
  <section aria-labelledby="health" data-figures="health">
    <h2 id="health">How the origins do</h2>
    {watched.map((one) => (
      <PoolHealth watched={one} now={now} />
    ))}
  </section>
)

const PoolHealth: FC<{ watched: WatchedPool; now: number }> = ({ watched: { pool, seen, here }, now }) => (
  <>
    <Counts heads={['Origin', 'All together', 'Answers lately', 'Asked how it does', 'From here']} caption={pool.name}>
      {here.origins.map(({ name, openUntil, badInRow }) => {
        const known = seen?.origins.find((one) => one.name === name)
        return (
          <tr>
            <th scope="row">{name}</th>
            <td>{known ? verdictInWords(known) : 'nobody has come yet'}</td>
            <td>{known ? `${number(known.answers.answers)}, ${number(known.answers.bad)} bad` : '–'}</td>
            <td>{pool.checkup === null ? 'never' : checkupInWords(known, now)}</td>
            <td>{healthInWords(openUntil, badInRow, now)}</td>
          </tr>
        )
      })}
    </Counts>
    {pool.checkup !== null && seen?.isLookedAfter === false ? (
      <p class="small">Nobody has come for some minutes, so nobody is asked.</p>
    ) : null}
    <Canary watched={{ pool, seen, here }} />
  </>
)

const Canary: FC<{ watched: WatchedPool }> = ({ watched: { pool, seen, here } }) => {
  if (pool.canary === null) return null
  const { verdict, mine } = seen?.canary ?? { verdict: 'goes on', mine: here.canary }
  const isOver = verdict !== 'goes on' || here.canary.isWithdrawn
  return (
    <p>
      {isOver
        ? `The canary ${pool.canary.origin} is withdrawn${verdict === 'withdrawn: slow' ? ', being slow' : ''}: `
        : `The canary ${pool.canary.origin} gets ${pool.canary.percent} % of visitors: `}
      {`${number(Math.round(mine.bad))} bad answers of ${number(Math.round(mine.answers))}.`}
    </p>
  )
}

function verdictInWords({ checkup, restsMs }: OriginSeen): string {
  if (restsMs > 0) return `left alone for another ${span(restsMs)}`
  return checkup.verdict === 'ill' ? 'ill' : 'well'
}

function checkupInWords(known: OriginSeen | undefined, now: number): string {
  const last = known?.checkup.last
  if (!last) return 'not yet'
  const answer = last.status === null ? 'no answer' : `${last.status} in ${number(last.tookMs)} ms`
  return `${answer}, ${span(now - last.at)} ago`
}

function healthInWords(openUntil: number | null, badInRow: number, now: number): string {
  if (openUntil === null) return badInRow === 0 ? 'well' : `${number(badInRow)} bad answers in a row`
  return openUntil > now ? `left alone for another ${span(openUntil - now)}` : 'being tried again'
}
