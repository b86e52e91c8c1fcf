/** The page of limits and load in the console: who is let in and refused by which limit, and how full the gates are. */
import type { FC } from 'hono/jsx'
import type { LimitStats } from '../limit-desk.ts'
import type { Work } from '../../domain/load/priorities.ts'
import { Counts } from './counts.tsx'
import { number, rate } from './say.ts'

type Part = FC<{ stats: LimitStats }>

export const LimitsPage: Part = ({ stats }) => (
  <div class="sheet">
    <h1>Limits and load</h1>
    <p class="small">
      {stats.since === null
        ? 'Of the isolate that answered, which has counted nothing yet.'
        : `Of the isolate that answered, since ${new Date(stats.since).toISOString().slice(11, 19)} UTC. Another look may meet another.`}
    </p>
    <Gates stats={stats} />
    <TurnedAway stats={stats} />
    <Limits stats={stats} />
  </div>
)

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

const Gates: Part = ({ stats: { load } }) => (
  <section aria-labelledby="gates-title">
    <h2 id="gates-title">Load</h2>
    <p class="small">
      {!load.isOn
        ? 'Shedding is switched off: nobody is turned away.'
        : load.isStrained
          ? 'Buyers are being turned away. Newcomers have a quarter of their limit.'
          : 'No buyer was turned away in the last seconds.'}
    </p>
    <Counts heads={['Gate', 'Inside', 'May be', 'Full', 'Standing']}>
      {load.gates.map(({ name, inside, limit, load: full, standing }) => (
        <tr>
          <th scope="row">{name === 'buying' ? 'Order books and rooms' : 'Database and pages'}</th>
          <td>{number(inside)}</td>
          <td>{number(Math.floor(limit))}</td>
          <td>{percent(full)}</td>
          <td>{number(standing)}</td>
        </tr>
      ))}
    </Counts>
  </section>
)

const KINDS: Readonly<Record<Work, string>> = {
  payment: 'Payments',
  order: 'Orders, and what has been begun',
  hold: 'Holds',
  room: 'Waiting room',
  page: 'Pages',
  search: 'Searches',
  crawl: 'Crawlers',
}

/** From what goes first to what goes last. Nothing that comes over HTTP is a payment: those are settled behind the answers. */
const TurnedAway: Part = ({ stats: { load } }) => (
  <section aria-labelledby="shed-title">
    <h2 id="shed-title">Turned away for load</h2>
    <Counts heads={['Kind', 'Let in', 'Turned away', 'Share']}>
      {load.kinds.map(({ work, letIn, shed }) => (
        <tr>
          <th scope="row">{KINDS[work]}</th>
          <td>{number(letIn)}</td>
          <td>{number(shed)}</td>
          <td>{letIn + shed === 0 ? '–' : percent(shed / (letIn + shed))}</td>
        </tr>
      ))}
    </Counts>
  </section>
)

const Limits: Part = ({ stats: { limits } }) => (
  <section aria-labelledby="limits-title">
    <h2 id="limits-title">Limits</h2>
    <Counts heads={['Limit', 'A minute', 'At once', 'Let in', 'Refused', 'Judge asked', 'Judge away']}>
      {limits.map(({ name, perMinute, burst, letIn, refused, asked, away, whenAway }) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td>{rate(perMinute)}</td>
          <td>{number(burst)}</td>
          <td>{number(letIn)}</td>
          <td>{number(refused)}</td>
          <td>{number(asked)}</td>
          <td>{away === 0 ? '0' : `${number(away)}, ${whenAway}`}</td>
        </tr>
      ))}
    </Counts>
    <p class="small">
      What memory answers is counted by none of them. Other limits: <code>RATE_LIMITS</code>.
    </p>
  </section>
)
