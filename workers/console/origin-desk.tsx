/**
 * Origins in the console: the rules in force, how the origins do and how requests were answered, as the isolate that shows
 * the page has seen it; and which rule an address hits. Who stands here is signed in and may look (console/index.tsx).
 */
import { Hono } from 'hono'
import type { FC } from 'hono/jsx'
import type { Rule, RuleFile } from '../../domain/origin/rule-file.ts'
import type { Outcome } from '../../platform/http-cache/figures.ts'
import type { PoolFigures } from '../../platform/origin/pools.ts'
import { findRules, type SavedRules } from '../../platform/postgres/origin-rules.ts'
import type { AppEnv } from '../context.ts'
import { cache, pools } from '../gateway/to-origin.ts'
import { tried, type Tried } from '../gateway/trying.ts'
import { reading } from '../sessions.ts'
import { shown } from './layout.tsx'
import { number, span } from './say.ts'
import { Counts } from './counts.tsx'

export const originDesk = new Hono<AppEnv>()

originDesk.get('/', async (c) => {
  const saved = await findRules(await reading(c), c.var.visit.storeId)
  const asked = c.req.query('url') ?? ''
  const trial = saved && URL.canParse(asked) ? tried(saved.file, asked, 'GET', new Headers()) : null
  const view = { saved, asked, trial, now: c.var.visit.clock.now() }
  return shown(c, { title: 'Origins', isSignedIn: true }, <OriginsPage view={view} />)
})

interface View {
  saved: SavedRules | null
  asked: string
  trial: Tried | null
  now: number
}

const OriginsPage: FC<{ view: View }> = ({ view: { saved, asked, trial, now } }) => (
  <div class="sheet">
    <h1>Origins</h1>
    {saved === null ? (
      <p>
        This shop has no rule file. Save one by <code>PUT /api/v1/admin/origins</code>; see <a href="/docs">the API</a>.
      </p>
    ) : (
      <>
        <Trial asked={asked} trial={trial} />
        <Rules rules={saved.file.rules} version={saved.version} />
        <Health figures={figuresOf(saved)} now={now} />
      </>
    )}
    <Answers />
  </div>
)

const figuresOf = ({ storeId, version, file }: SavedRules): PoolFigures[] =>
  file.pools.map((pool) => pools.figures(`${storeId} ${version} ${pool.name}`, pool))

const Trial: FC<{ asked: string; trial: Tried | null }> = ({ asked, trial }) => (
  <section aria-labelledby="try">
    <h2 id="try">Which rule does an address hit?</h2>
    <form method="get" action="/console/origins">
      <div class="field">
        <label for="url">Address</label>
        <input id="url" name="url" type="url" required maxlength={2000} value={asked} />
      </div>
      <button class="button">Try</button>
    </form>
    {trial === null ? null : (
      <p role="status">
        {trial.answeredBy === 'origin' ? `The pool ${trial.pool}, asked for ${trial.target}` : null}
        {trial.answeredBy === 'redirect' ? `A redirect to ${trial.target}` : null}
        {trial.answeredBy === 'onrush' ? 'Onrush itself' : null}
        {trial.rule === null ? ', since no rule fits.' : `, by the rule “${trial.rule}”.`}
      </p>
    )}
  </section>
)

const Rules: FC<{ rules: RuleFile['rules']; version: number }> = ({ rules, version }) => (
  <section aria-labelledby="rules">
    <h2 id="rules">
      Rules <span>version {number(version)}, asked from the top</span>
    </h2>
    <Counts heads={['Rule', 'When', 'Then']}>
      {rules.map((rule) => (
        <tr>
          <th scope="row">{rule.name}</th>
          <td>{whenInWords(rule)}</td>
          <td>{thenInWords(rule)}</td>
        </tr>
      ))}
    </Counts>
  </section>
)

function whenInWords({ when: { methods, hosts, paths, headers } }: Rule): string {
  const parts = [methods.join(', '), hosts.join(', '), paths.join(', '), Object.keys(headers).join(', ')]
  return parts.filter(Boolean).join(' · ') || 'always'
}

function thenInWords({ then }: Rule): string {
  if (then.kind === 'onrush') return 'Onrush'
  return then.kind === 'redirect' ? `${then.status} to ${then.to}` : `${then.pool} (${then.cache})`
}

const Health: FC<{ figures: PoolFigures[]; now: number }> = ({ figures, now }) => (
  <section aria-labelledby="health">
    <h2 id="health">
      How the origins do <span>as seen from here</span>
    </h2>
    <ul>
      {figures.flatMap(({ pool, origins, canary }) => [
        ...origins.map(({ name, openUntil, badInRow }) => (
          <li>
            {pool} / <b>{name}</b>: {healthInWords(openUntil, badInRow, now)}
          </li>
        )),
        canary.isWithdrawn ? (
          <li>
            {pool}: the canary is withdrawn, after {number(canary.bad)} bad answers of {number(canary.answers)}
          </li>
        ) : null,
      ])}
    </ul>
  </section>
)

function healthInWords(openUntil: number | null, badInRow: number, now: number): string {
  if (openUntil === null) return badInRow === 0 ? 'well' : `${number(badInRow)} bad answers in a row`
  return openUntil > now ? `left alone for another ${span(openUntil - now)}` : 'being tried again'
}

const OUTCOMES: readonly (readonly [Outcome, string])[] = [
  ['hit mem', 'from memory'],
  ['hit colo', 'from this data centre'],
  ['hit kv', 'from the world'],
  ['collapsed', 'with somebody who asked at the same time'],
  ['stale', 'stale, and refreshed behind'],
  ['stood in', 'stale, for an origin in trouble'],
  ['confirmed', 'confirmed by the origin'],
  ['fetched', 'by the origin'],
  ['passed', 'past the cache'],
  ['failed', 'not at all: the origin is away'],
]

const Answers: FC = () => {
  const { figures } = cache
  const rate = figures.hitRate
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">
        How requests were answered <span>by this isolate, since it woke</span>
      </h2>
      <p>{rate === null ? 'Nobody has come yet.' : `${Math.round(rate * 100)} of 100 without asking an origin.`}</p>
      <ul>
        {OUTCOMES.filter(([outcome]) => figures.of(outcome) > 0).map(([outcome, words]) => (
          <li>
            {number(figures.of(outcome))} {words}
          </li>
        ))}
      </ul>
    </section>
  )
}
