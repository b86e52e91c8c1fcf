/**
 * Origins in the console: the rules in force, how the origins do, how the isolate that shows the page has answered
 * requests; and which rule an address hits. Who stands here is signed in and may look (console/index.tsx).
 */
import { Hono } from 'hono'
import type { FC } from 'hono/jsx'
import type { Rule, RuleFile } from '../../domain/origin/rule-file.ts'
import type { Outcome } from '../../platform/http-cache/figures.ts'
import { findRules, type SavedRules } from '../../platform/postgres/origin-rules.ts'
import type { AppEnv } from '../context.ts'
import { poolsSeen } from '../gateway/seen.ts'
import { cache, pools } from '../gateway/to-origin.ts'
import { tried, type Tried } from '../gateway/trying.ts'
import { asset } from '../pages/assets.ts'
import { reading } from '../sessions.ts'
import { shown } from './layout.tsx'
import { number } from './say.ts'
import { Counts } from './counts.tsx'
import { Health, type WatchedPool } from './origin-health.tsx'

export const originDesk = new Hono<AppEnv>()

originDesk.get('/', async (c) => {
  const saved = await findRules(await reading(c), c.var.visit.storeId)
  const asked = c.req.query('url') ?? ''
  const trial = saved && URL.canParse(asked) ? tried(saved.file, asked, 'GET', new Headers()) : null
  const watched = saved ? await watchedPools(c.env, saved) : []
  const view = { saved, asked, trial, watched, settingsUrl: c.env.ORIGIN_URL, now: c.var.visit.clock.now() }
  return shown(c, { title: 'Origins', isSignedIn: true }, <OriginsPage view={view} />)
})

interface View {
  saved: SavedRules | null
  asked: string
  trial: Tried | null
  watched: WatchedPool[]
  /** The one origin that the settings name; '': none. */
  settingsUrl: string
  now: number
}

const OriginsPage: FC<{ view: View }> = ({ view: { saved, asked, trial, watched, settingsUrl, now } }) => (
  <div class="sheet">
    <h1>Origins</h1>
    {saved === null ? (
      <NoRules settingsUrl={settingsUrl} />
    ) : (
      <>
        <Trial asked={asked} trial={trial} />
        <Rules rules={saved.file.rules} version={saved.version} />
        <Health watched={watched} now={now} />
      </>
    )}
    <Answers />
    <script type="module" src={asset('console-figures.js')} />
  </div>
)

async function watchedPools(env: Env, saved: SavedRules): Promise<WatchedPool[]> {
  const edition = `${saved.storeId} ${saved.version}`
  const seen = await poolsSeen(env, saved)
  return seen.map((one) => ({ ...one, here: pools.figures(`${edition} ${one.pool.name}`, one.pool) }))
}

const FIRST_FILE = `{ "pools": [{ "name": "old-shop",
             "origins": [{ "name": "main", "url": "https://shop.example" }] }],
  "rules": [
    { "name": "drops", "then": { "action": "onrush" },
      "when": { "paths": ["/drops/**", "/basket/**", "/checkout/**", "/orders/**"] } },
    { "name": "the-rest", "then": { "action": "origin", "pool": "old-shop" } } ] }`

const NoRules: FC<{ settingsUrl: string }> = ({ settingsUrl }) => (
  <>
    <p>
      {settingsUrl === ''
        ? 'Onrush answers everything itself. An existing shop can go on behind it: its pages stay where they are, and only its drops are sold here.'
        : `All but Onrush’s own paths goes to ${settingsUrl}, as the settings say. A rule file takes their place, and can do more.`}
    </p>
    <p>
      Save a file like this by <code>PUT /api/v1/admin/origins</code> (<a href="/docs">the API</a>). Which rule an
      address hits can be asked before, by <code>POST /api/v1/admin/origins/try</code>.
    </p>
    <pre class="wide">
      <code>{FIRST_FILE}</code>
    </pre>
  </>
)

const Trial: FC<{ asked: string; trial: Tried | null }> = ({ asked, trial }) => (
  <section aria-labelledby="try">
    <h2 id="try">Which rule does an address hit?</h2>
    <form class="fields" method="get" action="/console/origins">
      <div class="field">
        <label for="url">Address</label>
        <input id="url" name="url" type="url" required maxlength={2000} value={asked} />
      </div>
      <button class="button field-half">Try</button>
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
          <td>{`${thenInWords(rule)}${limitInWords(rule)}`}</td>
        </tr>
      ))}
    </Counts>
  </section>
)

function whenInWords({ when: { methods, hosts, paths, headers } }: Rule): string {
  const parts = [methods.join(', '), hosts.join(', '), paths.join(', '), Object.keys(headers).join(', ')]
  return parts.filter(Boolean).join(' · ') || 'always'
}

const limitInWords = ({ limit }: Rule): string =>
  limit ? `, ${number(limit.perMinute)} a minute ${limit.by === 'network' ? 'for each network' : 'in all'}` : ''

function thenInWords({ then }: Rule): string {
  if (then.kind === 'onrush') return 'Onrush'
  if (then.kind === 'redirect') return `${then.status} to ${then.to}`
  return `${then.pool} (${then.cache})${then.experiment === null ? '' : `, by the experiment ${then.experiment}`}`
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
    <section aria-labelledby="answers" data-figures="answers">
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
