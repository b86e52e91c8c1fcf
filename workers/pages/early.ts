/** What a reader did before a drop lets them in: an invitation they carry, and what they have chosen. */
import type { DropWithProducts } from '../../domain/drop/drop.ts'
import type { DropNow } from '../../domain/message/drop-desk.ts'
import { verifiedPass } from '../../platform/passes.ts'
import { chosenOf, keepChosen } from '../admission/chosen.ts'
import { invitationShown } from '../admission/invitation.ts'
import type { Asked } from '../context.ts'
import { failingOf, report } from '../failures.ts'
import { knownVisitor } from '../visitors.ts'
import { putInBasket } from './basket-cookie.ts'
import { reserve } from './buying.ts'
import { newRequestKey } from './forms.ts'
import { standingOf } from './standing.ts'
import type { EarlyView } from './views.ts'

/** Nothing for most readers: then the page is as everybody's. */
export async function earlyOf(
  c: Asked,
  { drop, items }: DropWithProducts,
  now: DropNow,
  notice?: { title: string; detail: string },
): Promise<{ early?: EarlyView }> {
  const visitorId = await knownVisitor(c)
  const code = (c.req.query('invitation') ?? '').slice(0, 64)
  const [invitation, lines] = await Promise.all([
    visitorId === null ? null : shownInvitation(c, visitorId),
    chosenOf(c, visitorId, drop.slug),
  ])
  const invited = invitation?.dropId === drop.id ? { ...invitation, opensAt: invitation.opensAt ?? now.opensAt } : null
  if (!invited && lines.length === 0 && code === '' && !notice) return {}
  const at = c.var.visit.clock.now()
  const isEarly = invited !== null && invited.opensAt <= at && at < now.opensAt
  const isOpen = now.status === 'open' && (now.room === null || (await standingOf(c, drop)) === 'inside')
  const chosen = lines.flatMap(({ sku, units }) => {
    const item = items.find((one) => one.sku === sku)
    if (!item) return [] // it has left the drop since
    const title = item.variantTitle === '' ? item.productTitle : `${item.productTitle}, ${item.variantTitle}`
    return [{ sku, units, title, productSlug: item.productSlug }]
  })
  return { early: { code, invited, chosen, mayReserve: isEarly || isOpen, requestKey: newRequestKey(c), notice } }
}

/** A page is not lost because the judge of an invitation is away. */
const shownInvitation = (c: Asked, visitorId: string) =>
  invitationShown(c, visitorId).catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return null
  })

export const hasChosen = async (c: Asked, slug: string): Promise<boolean> =>
  (await chosenOf(c, await knownVisitor(c), slug)).length > 0

/**
 * Holds what was chosen, in one call; it is then chosen no more. Safe to repeat with the same key. Null: nothing was chosen.
 * `pass` is one that the visitor was given this very moment.
 */
export async function reserveChosen(
  c: Asked,
  slug: string,
  { key, pass }: { key: string; pass?: string },
): Promise<Awaited<ReturnType<typeof reserve>> | null> {
  const visitorId = await knownVisitor(c)
  const lines = await chosenOf(c, visitorId, slug)
  if (visitorId === null || lines.length === 0) return null
  const { storeId, clock } = c.var.visit
  const given = pass === undefined ? null : await verifiedPass(c.env, { storeId, visitorId }, pass, clock.now())
  const held = await reserve(c, visitorId, {
    ...{ key: `chosen ${key}`, lines, drop: slug },
    ...(given && { pass: { passId: given.passId, dropId: given.dropId } }),
  })
  if (held.ok) {
    putInBasket(c, held.value.id)
    await keepChosen(c, visitorId, slug, [])
  }
  return held
}
