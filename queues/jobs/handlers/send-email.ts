/**
 * Sends a letter. The provider takes no key, so an attempt that dies between sending and saying so sends a second one: a
 * letter may come twice, and never not at all.
 */
import { z } from 'zod'
import { findStore } from '../../../platform/postgres/stores.ts'
import { BRISK, jobHandler, noUse, succeeded } from '../handler.ts'

export const sendEmail = jobHandler({
  type: 'send_email',
  summary: 'Sends a letter in the shop’s name.',
  payload: z.strictObject({
    to: z.email().max(254),
    subject: z.string().trim().min(1).max(200),
    text: z.string().min(1).max(100_000),
    /** Left out: the text, as a paragraph each. */
    html: z.string().max(500_000).optional(),
  }),
  result: z.object({ to: z.string() }),
  policy: { lane: 'default', attemptsMax: 8, backoff: { ...BRISK, firstMs: 5000 }, timeoutMs: 30_000 },
  run: async ({ to, subject, text, html }, work, parts) => {
    const store = await findStore(parts.database().read(), work.storeId)
    if (!store) return noUse('store_not_found', 'The shop is not there any more.')
    await parts.mailer.send({
      to,
      from: { email: parts.mailFrom, name: store.name },
      subject,
      text,
      html: html ?? paragraphsOf(text),
      attachment: null,
    })
    return succeeded({ to })
  },
})

const paragraphsOf = (text: string): string =>
  text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${escaped(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('\n')

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (letter) => ENTITIES[letter]!)
