/** Before the opening: redeem an invitation, and choose what to hold the moment the drop lets one in. */
import { createRoute, z } from '@hono/zod-openapi'
import { isSlug } from '../../domain/catalog/slug.ts'
import type { Drop } from '../../domain/drop/drop.ts'
import { CODE_LETTERS_MAX } from '../../domain/invitation/code.ts'
import type { BasketLine } from '../../domain/message/order-book.ts'
import { CHOSEN_LINES_MAX, chosenOf, decideChosen, keepChosen } from '../admission/chosen.ts'
import { redeemCode } from '../admission/invitation.ts'
import type { Asked } from '../context.ts'
import { privateJson, refused } from '../replies.ts'
import { dropFacts } from '../room.ts'

import { BasketLineRequest, Instant, text } from '../schemas.ts'
import { knownVisitor, visitorOf } from '../visitors.ts'
import { instantOut, lineIn, lineOut, maybeInstantOut } from '../wire.ts'
import { answer, body, json, problems, router } from './endpoint.ts'

export const invitations = router()
const tags = ['Drops']
const bySlug = z.object({ slug: z.string().max(200) })

const Invitation = z
  .object({
    drop: z.string(),
    opens_at: Instant.openapi({ description: 'From here on you may hold; before the drop’s own opening, too.' }),
    ends_at: Instant.nullable().openapi({ description: 'Exclusive; null: as long as the drop.' }),
    token: z.string().openapi({
      description:
        'Send it as `Onrush-Invitation` with `POST /holds`; browsers carry it in a cookie. It is yours alone.',
    }),
  })
  .openapi('Invitation')

answer(
  invitations,
  createRoute({
    method: 'post',
    path: '/drops/{slug}/invitations',
    tags,
    summary: 'Redeem an invitation code. Safe to repeat',
    description:
      'The code becomes yours, with a use of it. Entering it again is the same redemption. Wrong codes are counted per visitor and per address.',
    request: {
      params: bySlug,
      ...body(z.strictObject({ code: text(2 * CODE_LETTERS_MAX) }).openapi('InvitationRequest')),
    },
    responses: {
      200: json(Invitation, 'You are invited.'),
      ...problems(400, 404, 409, 413, 415, 429, 503),
    },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    const drop = await dropOf(c, slug)
    if (!drop) return refused(c, { code: 'drop_not_found', drop: slug })
    const visitor = await visitorOf(c)
    const redeemed = await redeemCode(c, visitor.id, { dropId: drop.id, code: c.req.valid('json').code })
    if (!redeemed.ok) return refused(c, redeemed.refusal)
    const { opensAt, endsAt, token } = redeemed.value
    return privateJson(c, {
      drop: slug,
      opens_at: instantOut(opensAt ?? drop.opensAt),
      ends_at: maybeInstantOut(endsAt),
      token,
    })
  },
)

const Chosen = z
  .object({ drop: z.string(), lines: z.array(z.object({ sku: z.string(), quantity: z.int() })) })
  .openapi('ChosenBasket')

answer(
  invitations,
  createRoute({
    method: 'get',
    path: '/drops/{slug}/basket',
    tags,
    summary: 'See what you have chosen',
    request: { params: bySlug },
    responses: { 200: json(Chosen, 'Empty when nothing was chosen.'), ...problems(404, 503) },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    if (!(await dropOf(c, slug))) return refused(c, { code: 'drop_not_found', drop: slug })
    return chosenOut(c, slug, await chosenOf(c, await knownVisitor(c), slug))
  },
)

answer(
  invitations,
  createRoute({
    method: 'put',
    path: '/drops/{slug}/basket',
    tags,
    summary: 'Choose before the drop opens; reserves nothing',
    description:
      'Kept with the visitor, in a cookie, one drop at a time. When the drop lets you in, `POST /holds` with `basket: "preselected"` holds it in one call. No lines: nothing is chosen any more.',
    request: {
      params: bySlug,
      ...body(
        z.strictObject({ lines: z.array(BasketLineRequest).max(CHOSEN_LINES_MAX) }).openapi('ChosenBasketRequest'),
      ),
    },
    responses: { 200: json(Chosen, 'Chosen.'), ...problems(400, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    const drop = await dropOf(c, slug)
    if (!drop) return refused(c, { code: 'drop_not_found', drop: slug })
    const { lines } = c.req.valid('json')
    const chosen = lines.length === 0 ? { ok: true as const, value: [] } : decideChosen(drop, lines.map(lineIn))
    if (!chosen.ok) return refused(c, chosen.refusal)
    const visitor = await visitorOf(c)
    await keepChosen(c, visitor.id, slug, chosen.value)
    return chosenOut(c, slug, chosen.value)
  },
)

/** The copy that everybody's answers about the drop are made from: it outlives the database. */
const dropOf = async (c: Asked, slug: string): Promise<Drop | null> => {
  if (!isSlug(slug)) return null
  return (await dropFacts(c, slug))?.drop ?? null
}

const chosenOut = (c: Asked, slug: string, lines: readonly BasketLine[]): Response =>
  privateJson(c, { drop: slug, lines: lines.map(lineOut) })
