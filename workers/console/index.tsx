/**
 * The console's addresses: sign in, the drops, one drop as it goes, and the commands. A command does what the API does
 * (workers/routes/admin), answers with a redirect when it worked, and with the page again, in words, when it did not.
 */
import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import type { Decision } from '../../domain/basics/decision.ts'
import { isSlug } from '../../domain/catalog/slug.ts'
import { ROOM_MAX, type DropWithProducts } from '../../domain/drop/drop.ts'
import { UNITS_MAX } from '../../domain/stock/moves.ts'
import { listDrops, type DropControl } from '../../platform/postgres/drops.ts'
import { boardEvents, boardOf } from '../board.ts'
import { cacheStats, purge } from '../cache-desk.ts'
import { latestOf, type Board } from '../board-wire.ts'
import type { AppEnv, Asked } from '../context.ts'
import { boardDesk } from '../desks.ts'
import { limitStats } from '../limit-desk.ts'
import { newRequestKey, readForm, requestKeyOf } from '../pages/forms.ts'
import { goTo } from '../pages/frame.ts'
import { notFound } from '../pages/refused.tsx'
import type { Refusal } from '../problems.ts'
import { dropFacts } from '../room.ts'
import { steer } from '../routes/admin/drops.ts'
import { adjustStock } from '../routes/admin/stock.ts'
import { reading } from '../sessions.ts'
import { BoardParts, tabTitle } from './board-parts.tsx'
import { CachePage } from './cache-page.tsx'
import { deadLetterDesk } from './dead-letter-desk.tsx'
import { DropPage, Switch, secondsJson, type Notice } from './drop-page.tsx'
import { DropsPage, SignInPage } from './entry-pages.tsx'
import { experimentDesk } from './experiment-desk.tsx'
import { shown } from './layout.tsx'
import { marketDesk } from './market-desk.tsx'
import { jobsDesk } from './job-desk.tsx'
import { LimitsPage } from './limits-page.tsx'
import { originDesk } from './origin-desk.tsx'
import { refusedAs } from './refusal-notice.ts'
import { number } from './say.ts'
import { schedulesDesk } from './schedule-desk.tsx'
import { only, Sorry } from './only.tsx'
import { isSignedIn, mayHere, signIn, signOut } from './session.ts'

export const desk = new Hono<AppEnv>()

/** Sends everybody else to the door, and lets them come back to where they wanted to go. */
const signedInOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (await isSignedIn(c)) return next()
  return goTo(/^(GET|HEAD)$/.test(c.req.method) ? `/console?next=${encodeURIComponent(c.req.path)}` : '/console')
}

desk.get('/', async (c) => {
  if (!(await isSignedIn(c))) {
    const next = nextOf(c.req.query('next'))
    return shown(c, { title: 'Sign in' }, <SignInPage next={next} mistake={false} />)
  }
  if (!mayHere(c, 'catalog:read')) return shown(c, { title: 'Drops', isSignedIn: true }, <NoDrops />, 403)
  const now = c.var.visit.clock.now()
  const drops = await listDrops(await reading(c), c.var.visit.storeId, now, 100)
  return shown(c, { title: 'Drops', isSignedIn: true }, <DropsPage drops={drops} now={now} />)
})

desk.post('/sign-in', async (c) => {
  const filled = await readForm(c)
  const next = nextOf(filled['next'])
  if (await signIn(c, filled['key'] ?? '')) return goTo(next)
  return shown(c, { title: 'Sign in' }, <SignInPage next={next} mistake />, 403)
})

desk.post('/sign-out', (c) => {
  signOut(c)
  return goTo('/console')
})

/** Only within the console: a link must not lead somebody who signs in to another site. */
const nextOf = (asked: string | undefined): string =>
  asked !== undefined && /^\/console(\/[A-Za-z0-9/_-]*)?$/.test(asked) ? asked : '/console'

desk.use('/drops/*', signedInOnly, only('catalog:read'))
desk.use('/experiments/*', signedInOnly, only('experiments:read'))
desk.route('/experiments', experimentDesk)
desk.use('/origins', signedInOnly, only('origins:read'))
desk.route('/origins', originDesk)
desk.use('/markets', signedInOnly, only('catalog:read'))
desk.route('/markets', marketDesk)
desk.use('/cache/*', signedInOnly, only('catalog:read'))

/** Figures as of now; the browser asks again by itself. */
desk.get('/cache', async (c) => {
  const said = c.req.query('done') === 'dropped' ? 'Dropped. Everybody knows within two seconds.' : null
  const page = <CachePage stats={cacheStats(c)} mayPurge={mayHere(c, 'catalog:write')} said={said} />
  const response = await shown(c, { title: 'Cache', isSignedIn: true }, page)
  response.headers.set('refresh', '5; url=/console/cache')
  return response
})

desk.post('/cache/purge', only('catalog:write'), async (c) => {
  const tag = (await readForm(c))['tag']?.trim() ?? ''
  await purge(c, tag === '' ? { everything: true } : { tags: [tag.slice(0, 200)] })
  return goTo('/console/cache?done=dropped')
})

desk.use('/jobs/*', signedInOnly, only('jobs:read'))
desk.route('/jobs', jobsDesk)
desk.use('/dead-letters/*', signedInOnly, only('jobs:read'))
desk.route('/dead-letters', deadLetterDesk)
desk.use('/schedules/*', signedInOnly, only('jobs:read'))
desk.route('/schedules', schedulesDesk)

desk.use('/limits', signedInOnly, only('catalog:read'))

/** The same: figures as of now. */
desk.get('/limits', async (c) => {
  const response = await shown(c, { title: 'Limits', isSignedIn: true }, <LimitsPage stats={limitStats(c)} />)
  response.headers.set('refresh', '5; url=/console/limits')
  return response
})

desk.get('/drops/:slug', async (c) => {
  const facts = await findDrop(c)
  return facts ? shownDrop(c, facts, doneOf(c)) : notFound(c)
})

/** The live parts as they are drawn on the page, once a second. */
desk.get('/drops/:slug/events', async (c) => {
  const facts = await findDrop(c)
  if (!facts) return notFound(c)
  return boardEvents(c, facts, async (board, isFirst) => {
    const told = isFirst ? board : latestOf(board, SECONDS_TOLD)
    const parts = (
      <>
        <BoardParts board={board} />
        {mayHere(c, 'catalog:write') ? <Switch board={board} at={`/console/drops/${facts.drop.slug}`} /> : null}
      </>
    )
    return JSON.stringify({ title: tabTitle(board), html: String(await parts), seconds: secondsJson(told) })
  })
})

/** Whoever listens has heard the earlier ones; a few more mend what was missed. */
const SECONDS_TOLD = 15

for (const kind of ['pause', 'resume', 'stop'] as const) {
  desk.post(`/drops/:slug/${kind}`, only('catalog:write'), async (c) => {
    const filled = await readForm(c)
    if (kind === 'stop' && filled['sure'] !== 'yes') return again(c, NOT_SURE, 422)
    return steered(c, { kind })
  })
}

desk.post('/drops/:slug/pace', only('catalog:write'), async (c) => {
  const filled = await readForm(c)
  const facts = await findDrop(c)
  const now = facts?.drop.room?.admissionsPerMinute ?? 1
  const pace = filled['slow'] === 'half' ? Math.max(1, Math.floor(now / 2)) : wholeIn(filled['pace'], ROOM_MAX)
  if (pace === null) return again(c, NOT_A_NUMBER, 422)
  return steered(c, { kind: 'pace', admissionsPerMinute: pace })
})

desk.post('/drops/:slug/units', only('stock:write'), async (c) => {
  const filled = await readForm(c)
  const facts = await findDrop(c)
  if (!facts) return notFound(c)
  const units = wholeIn(filled['units'], UNITS_MAX)
  const sku = filled['sku'] ?? ''
  if (units === null || !facts.drop.skus.includes(sku)) return again(c, NOT_A_NUMBER, 422)
  const added = await adjustStock(c, sku, {
    key: `console ${requestKeyOf(c, filled)}`,
    kind: 'found',
    delta: units,
    reason: 'added in the console',
  })
  return followed(c, facts, added, `added&units=${units}`)
})

const wholeIn = (text: string | undefined, most: number): number | null => {
  const value = Number(text)
  return text !== undefined && Number.isInteger(value) && value >= 1 && value <= most ? value : null
}

const NOT_SURE: Notice = {
  tone: 'bad',
  title: 'Nothing was stopped.',
  detail: 'A stop is for good, so it wants its box ticked.',
}
const NOT_A_NUMBER: Notice = { tone: 'bad', title: 'Nothing was changed.', detail: 'That was no number we can use.' }

async function steered(c: Asked, control: DropControl): Promise<Response> {
  const facts = await findDrop(c)
  if (!facts) return notFound(c)
  const done = await steer(c, facts.drop.id, control)
  const said =
    done.ok && control.kind === 'pace'
      ? `pace&units=${control.admissionsPerMinute}`
      : `${control.kind}${done.ok ? `&heard=${done.value.heard.stockObjects}.${done.value.heard.stockObjectsOf}` : ''}`
  return followed(c, facts, done, said)
}

/** The board looks again at once, so that what was done is seen at once. */
async function followed(
  c: Asked,
  facts: DropWithProducts,
  done: Decision<unknown, Refusal>,
  said: string,
): Promise<Response> {
  await boardDesk(c.env, c.var.visit.storeId, facts.drop.id)
    .lookAnew()
    .catch(() => undefined)
  if (done.ok) return goTo(`/console/drops/${facts.drop.slug}?done=${said}`)
  const { notice, status } = refusedAs(done.refusal, c.var.visit.requestId)
  return again(c, notice, status)
}

/** What was done, as the address says it after the redirect. */
function doneOf(c: Asked): Notice | null {
  const units = number(Number(c.req.query('units')) || 0)
  const [heard, all] = (c.req.query('heard') ?? '').split('.').map(Number)
  const who =
    heard === all
      ? 'Everybody who sells has heard.'
      : `${heard} of ${all} owners of stock have heard; the others are told again.`
  const good = (title: string, detail = who): Notice => ({ tone: 'good', title, detail })
  switch (c.req.query('done')) {
    case 'pause':
      return good('Paused.')
    case 'resume':
      return good('Selling again.')
    case 'stop':
      return good('Stopped for good.')
    case 'pace':
      return good(`At most ${units} are let in a minute.`, 'From now on.')
    case 'added':
      return good(`${units} units added.`, 'They are for sale now.')
    default:
      return null
  }
}

async function again(c: Asked, notice: Notice, status: number): Promise<Response> {
  const facts = await findDrop(c)
  return facts ? shownDrop(c, facts, notice, status) : notFound(c)
}

async function shownDrop(c: Asked, facts: DropWithProducts, notice: Notice | null, status = 200): Promise<Response> {
  const board: Board = await boardOf(c, facts)
  const view = {
    facts,
    board,
    notice,
    requestKey: newRequestKey(c),
    mayControl: mayHere(c, 'catalog:write'),
    mayStock: mayHere(c, 'stock:write'),
  }
  return shown(c, { title: tabTitle(board), liveBy: 'console.js', isSignedIn: true }, <DropPage view={view} />, status)
}

const findDrop = (c: Asked): Promise<DropWithProducts | null> => {
  const slug = c.req.param('slug') ?? ''
  return isSlug(slug) ? dropFacts(c, slug) : Promise.resolve(null)
}

const NoDrops = () => <Sorry title="This key may not look at drops." detail="It has no scope catalog:read." />
