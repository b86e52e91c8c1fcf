/** The forms of a drop's page before it lets one in: a code, and what to reserve at the opening. Plain forms. */
import { Hono } from 'hono'
import type { InvitationRefusal } from '../../domain/message/invitation-desk.ts'
import { chosenOf, decideChosen, keepChosen } from '../admission/chosen.ts'
import { redeemCode } from '../admission/invitation.ts'
import type { AppEnv } from '../context.ts'
import { visitorOf } from '../visitors.ts'
import { findDrop, shownDrop } from './drop-pages.tsx'
import { reserveChosen } from './early.ts'
import { readForm, requestKeyOf } from './forms.ts'
import { goTo, readersLocale } from './frame.ts'
import { wordsFor } from './languages/index.ts'
import type { Words } from './languages/words.ts'
import { notFound } from './refused.tsx'
import { refusalInWords } from './refusals.ts'

export const earlyPages = new Hono<AppEnv>()

earlyPages.post('/drops/:slug/code', async (c) => {
  const found = await findDrop(c, c.req.param('slug'))
  if (found === null) return notFound(c)
  const { code = '' } = await readForm(c)
  const visitor = await visitorOf(c)
  const redeemed = await redeemCode(c, visitor.id, { dropId: found.facts.drop.id, code })
  if (redeemed.ok) return goTo(`/drops/${found.facts.drop.slug}`)
  const words = wordsFor(readersLocale(c)).early.refused[WORDS[redeemed.refusal.code]]
  const status = redeemed.refusal.code === 'too_many_wrong_codes' ? 429 : 409
  return shownDrop(c, found, { ...words, status })
})

const WORDS: Record<InvitationRefusal['code'], keyof Words['early']['refused']> = {
  invitation_not_valid: 'notValid',
  invitation_used_up: 'usedUp',
  invitation_has_ended: 'over',
  too_many_wrong_codes: 'tooMany',
}

/** One line more, or another number of it; none takes it out again. */
earlyPages.post('/drops/:slug/basket', async (c) => {
  const found = await findDrop(c, c.req.param('slug'))
  if (found === null) return notFound(c)
  const { drop } = found.facts
  const { sku = '', quantity = '1' } = await readForm(c)
  const visitor = await visitorOf(c)
  const others = (await chosenOf(c, visitor.id, drop.slug)).filter((line) => line.sku !== sku)
  const lines = quantity === '0' ? others : [...others, { sku, units: Number(quantity) }]
  const chosen = lines.length === 0 ? { ok: true as const, value: [] } : decideChosen(drop, lines)
  if (!chosen.ok) {
    return shownDrop(c, found, refusalInWords(chosen.refusal, c.var.visit.clock.now(), readersLocale(c)))
  }
  await keepChosen(c, visitor.id, drop.slug, chosen.value)
  return goTo(`/drops/${drop.slug}`)
})

earlyPages.post('/drops/:slug/reserve', async (c) => {
  const found = await findDrop(c, c.req.param('slug'))
  if (found === null) return notFound(c)
  const held = await reserveChosen(c, found.facts.drop.slug, { key: requestKeyOf(c, await readForm(c)) })
  if (held === null) return goTo(`/drops/${found.facts.drop.slug}`)
  if (held.ok) return goTo('/basket')
  return shownDrop(c, found, refusalInWords(held.refusal, c.var.visit.clock.now(), readersLocale(c)))
})
