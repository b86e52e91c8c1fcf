/** Records a crowd's histories in a running shop whose Worker is killed and whose objects are aborted meanwhile, and checks them. */
import type { Shop } from '../../local/runner/shop.ts'
import { checkLinearizability, type Spec, type Verdict } from '../../simulation/linearizability/check.ts'
import { hold, idempotencyKey, purchaseLimit } from '../../simulation/linearizability/specs.ts'
import { eventually } from '../eventually.ts'
import type { Operator } from '../operator.ts'
import { pause, type History } from './recorder.ts'
import { contestHolds, contestKeys, pushLimits } from './scenes.ts'

const OFTEN = { per_minute: 60_000, burst: 10_000 }
/** A visitor here asks more in three seconds than anybody does in a minute, and wants to hear of stock and not of limits. */
export const UNHINDERED = {
  RATE_LIMITS: JSON.stringify({ classes: { buying: OFTEN, visiting: OFTEN } }),
}

export interface Crowd {
  keys: number
  holds: number
  visitors: number
  /** Clients around each key and hold, and tabs of each visitor. */
  clients: number
}

export interface Checked {
  name: string
  operations: number
  /** Questions whose answer was lost. */
  open: number
  verdict: Verdict<unknown, unknown>
}

export const LIMIT = 3
/** A unit for everybody who may want one: what is contested is not the stock. */
const PLENTY = 100_000

/** `round`: names the SKUs, which are new each time. Of the two SKUs one is sold by its owner, the other by leaves. */
export async function recordAndCheck(shop: Shop, operator: Operator, crowd: Crowd, round: number): Promise<Checked[]> {
  const [plain, leased] = [`PLAIN-${round}`, `LEASED-${round}`]
  await eventually(() => operator.proof(), 20_000) // the last round's blow has been got over
  await stockUp(operator, plain, leased, round)
  const { clients } = crowd
  const half = (of: number): number => Math.ceil(of / 2)
  const scenes = Promise.all([
    contestKeys(shop.url, { sku: `${plain}-MANY`, keys: half(crowd.keys), clients }),
    contestKeys(shop.url, { sku: `${leased}-MANY`, keys: half(crowd.keys), clients }),
    contestHolds(shop.url, { sku: `${plain}-MANY`, holds: half(crowd.holds), clients }),
    contestHolds(shop.url, { sku: `${leased}-MANY`, holds: half(crowd.holds), clients }),
    pushLimits(shop.url, { sku: plain, visitors: half(crowd.visitors), tabs: clients }),
    pushLimits(shop.url, { sku: leased, visitors: half(crowd.visitors), tabs: clients }),
  ])
  await Promise.all([scenes, strike(shop)])
  const [plainKeys, leasedKeys, plainHolds, leasedHolds, plainLimits, leasedLimits] = await scenes
  return [
    ...[...plainKeys, ...leasedKeys].map((history) => checked(idempotencyKey(['one', 'two']), history)),
    ...[...plainHolds, ...leasedHolds].map((history) => checked(hold(), history)),
    ...[...plainLimits, ...leasedLimits].map((history) => checked(purchaseLimit(LIMIT), history)),
  ]
}

async function stockUp(operator: Operator, plain: string, leased: string, round: number): Promise<void> {
  for (const sku of [plain, leased]) {
    await operator.asks('POST', '/products', {
      slug: sku.toLowerCase(),
      title: `Contested ${sku}`,
      variants: [variant(sku, 'few each', LIMIT), variant(`${sku}-MANY`, 'many each', 1_000)],
    })
  }
  await operator.asks('POST', '/drops', {
    slug: `histories-${round}`,
    title: `Histories ${round}`,
    opens_at: new Date(Date.now() - 60_000).toISOString(),
    skus: [leased, `${leased}-MANY`],
    leaves: 4,
  })
}

const variant = (sku: string, title: string, most: number) => ({
  sku,
  title,
  price: { amount: 4_500, currency: 'EUR' },
  stock: PLENTY,
  units_per_visitor_max: most,
})

/** Objects end here and there, and then the whole Worker. */
async function strike(shop: Shop): Promise<void> {
  await pause(500)
  for (const { binding, name } of await shop.objects()) {
    if (name !== null && (binding === 'ORDER_BOOK' || binding === 'STOCK')) await shop.abortObject(binding, name)
  }
  await pause(300)
  await shop.killWorker()
}

function checked<State, Input, Output>(spec: Spec<State, Input, Output>, history: History<Input, Output>): Checked {
  const { name, operations } = history
  const open = operations.filter(({ output }) => output === null).length
  return { name, operations: operations.length, open, verdict: checkLinearizability(spec, operations) }
}
