/** STK1 and STK7, from the rows: free + held + sold = total, and nothing keeps a unit longer than it may. */
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import { Violation } from './violation.ts'

/** A hold's units are for sale again within this long of its end (product.md, promise 2). */
const COMES_BACK_WITHIN_MS = 10_000

export function expectNothingOversold(host: StockHost): void {
  const count = host.numbers()
  if (!count) return
  const { total, free, held, sold } = count
  if (free + held + sold !== total) {
    throw new Violation('STK1', `${host.sku}: ${free} + ${held} + ${sold} is not ${total}`)
  }
  if (free < 0 || held < 0 || sold < 0) throw new Violation('STK1', `${host.sku}: a number of units is negative`)
}

export function expectRowsToAgree(shop: Shop, host: StockHost): void {
  expectNothingOversold(host)
  const proof = host.keeper.proof()
  if (!proof) return
  const { count, recounted } = proof
  const { total, held, sold } = count
  if (recounted.held !== held || recounted.sold !== sold) {
    const rows = `${recounted.held} held and ${recounted.sold} sold`
    throw new Violation('STK1', `${host.sku}: the rows say ${rows}, the account ${held} and ${sold}`)
  }
  if (recounted.initial + recounted.adjusted !== total) {
    throw new Violation('STK1', `${host.sku}: ${recounted.initial} + ${recounted.adjusted} is not ${total}`)
  }
  expectTreeToAgree(shop, host)
}

/** LEA1: what the owner granted is at its leaves, on the way to them, or on the way back; and nowhere twice. */
function expectTreeToAgree(shop: Shop, host: StockHost): void {
  const { count, leavesFree } = host.store.account()!
  // Whatever is not with a leaf by its lease is the owner's own.
  let units = count.free - leavesFree + count.held + count.sold
  for (const { name, leaves } of shop.books) {
    const leaf = leaves.get(host.sku)?.account()?.count
    const lease = host.store.lease(name)
    const [granted, takenBack] = [lease?.granted ?? 0, lease?.takenBack ?? 0]
    const [received, returned] = [leaf?.initial ?? 0, -(leaf?.adjusted ?? 0)]
    if (received > granted) throw new Violation('LEA1', `${name} has received ${received} of ${granted} ${host.sku}`)
    if (takenBack > returned) throw new Violation('LEA1', `${name} returned ${returned} ${host.sku}, not ${takenBack}`)
    if (leaf && received - returned !== leaf.free + leaf.held + leaf.sold) {
      throw new Violation(
        'LEA1',
        `${name}: ${leaf.free} + ${leaf.held} + ${leaf.sold} is not ${received} - ${returned}`,
      )
    }
    units += granted - takenBack - (lease?.held ?? 0) - (lease?.sold ?? 0)
  }
  if (units !== count.total) throw new Violation('LEA1', `there are ${units} of ${host.sku}, and not ${count.total}`)
}

export function expectHoldsToComeBack(shop: Shop, now: number): void {
  const atOwners = [...shop.stocks.values()].map((host) => ({ sku: host.sku, due: host.keeper.nextHoldEnd() }))
  const atLeaves = shop.books.flatMap(({ leaves }) =>
    [...leaves].map(([sku, store]) => ({ sku, due: store.nextHoldEnd() })),
  )
  for (const { sku, due } of [...atOwners, ...atLeaves]) {
    if (due !== null && due + COMES_BACK_WITHIN_MS < now) {
      throw new Violation('STK7', `${sku}: a hold ended ${now - due} ms ago and its units are still away`)
    }
  }
}
