/**
 * The Hono app, as a table of contents: what every request goes through, then who answers it.
 *
 * Each room has its own door-keepers: the API takes JSON and answers problems as JSON, operators show a key, pages take
 * forms and answer pages. Webhooks and imports bring bodies of their own kind and come before the rest.
 */
import { desk as operatorsDesk } from './console/index.tsx'
import { failed } from './failures.ts'
import { openToAll, sameSiteOnly } from './middleware/cross-site/index.ts'
import { envelopeLimits, formBody, jsonBody } from './middleware/limits/index.ts'
import { operatorsCounted, readers, visitorsCounted } from './middleware/limit/index.ts'
import { operatorsOnly } from './middleware/operator/index.ts'
import { routed } from './middleware/routed/index.ts'
import { seals } from './middleware/seals/index.ts'
import { visit } from './middleware/visit/index.ts'
import { storeOfHost } from './middleware/visit/stores.ts'
import { pages } from './pages/index.tsx'
import { auditTrail } from './routes/admin/audit.ts'
import { board } from './routes/admin/board.ts'
import { cacheKeeping } from './routes/admin/cache.ts'
import { collections } from './routes/admin/collections.ts'
import { deadLetters, letterMending } from './routes/admin/dead-letters.ts'
import { drops as operatedDrops } from './routes/admin/drops.ts'
import { experiments as operatedExperiments } from './routes/admin/experiments.ts'
import { invitationLists, invitations as plannedInvitations } from './routes/admin/invitations.ts'
import { imports } from './routes/admin/imports.ts'
import { jobIntake, jobs } from './routes/admin/jobs.ts'
import { keys } from './routes/admin/keys.ts'
import { markets } from './routes/admin/markets.ts'
import { orders as operatedOrders } from './routes/admin/orders.ts'
import { origins } from './routes/admin/origins.ts'
import { products } from './routes/admin/products.ts'
import { proof } from './routes/admin/proof.ts'
import { schedules } from './routes/admin/schedules.ts'
import { stock } from './routes/admin/stock.ts'
import { catalog } from './routes/catalog.ts'
import { documents } from './routes/documents.ts'
import { drops } from './routes/drops.ts'
import { router } from './routes/endpoint.ts'
import { health } from './routes/health.ts'
import { market } from './routes/market.ts'
import { metrics } from './routes/metrics.ts'
import { experiments } from './routes/experiments.ts'
import { holds } from './routes/holds.ts'
import { invitations } from './routes/invitations.ts'
import { describe } from './routes/openapi.ts'
import { ofrep } from './routes/ofrep.ts'
import { orders } from './routes/orders.ts'
import { otherAssets } from './routes/other-assets.ts'
import { places } from './routes/places.ts'
import { webhooks } from './routes/webhooks.ts'

export const app = router()

app.use(
  visit,
  seals,
  envelopeLimits,
  routed(() => app),
  sameSiteOnly,
)

app.route('/', health)
app.route('/', metrics)
app.route('/', otherAssets)
describe(app)

const admin = router()
admin.use(operatorsOnly, operatorsCounted)
admin.route('/', imports)
admin.route('/', invitationLists)
admin.route('/', jobIntake)
admin.route('/', letterMending)
admin.use(jsonBody)
admin.route('/', products)
admin.route('/', collections)
admin.route('/', markets)
admin.route('/', operatedDrops)
admin.route('/', board)
admin.route('/', plannedInvitations)
admin.route('/', operatedExperiments)
admin.route('/', stock)
admin.route('/', operatedOrders)
admin.route('/', proof)
admin.route('/', jobs)
admin.route('/', deadLetters)
admin.route('/', schedules)
admin.route('/', origins)
admin.route('/', keys)
admin.route('/', auditTrail)
admin.route(
  '/',
  cacheKeeping((request, c) => app.fetch(request, c.env, c.executionCtx)),
)

const open = router()
open.use(openToAll, visitorsCounted, jsonBody)
open.route('/', catalog)
open.route('/', market)
open.route('/', drops)
open.route('/', places)
open.route('/', invitations)
open.route('/', holds)
open.route('/', orders)
open.route('/', documents)
open.route('/', experiments)

const api = router()
api.use(storeOfHost)
api.route('/', webhooks)
api.route('/admin', admin)
api.route('/', open)
app.route('/api/v1', api)

const flags = router()
flags.use(storeOfHost, openToAll, readers)
flags.route('/', ofrep)
app.route('/ofrep/v1/evaluate', flags)

const consoleDoor = router()
consoleDoor.use(storeOfHost, formBody)
consoleDoor.route('/', operatorsDesk)
app.route('/console', consoleDoor)

const shop = router()
shop.use(storeOfHost, visitorsCounted, formBody)
shop.route('/', pages)
app.route('/', shop)

app.onError(failed)
