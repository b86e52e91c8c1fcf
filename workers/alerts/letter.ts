/** What is sent about an alert: a mail to people, or JSON to whatever listens at an address (a chat takes its `text` as it is). */
import type { Notice } from '../../domain/alert/alert.ts'
import { noticeInWords } from '../../domain/alert/words.ts'
import type { Letter } from '../../platform/mail/mailer.ts'
import { escaped, letterPage } from '../../platform/mail/letter-page.ts'
import { instantOut } from '../wire.ts'

/** Whom it is about. */
export interface AboutStore {
  id: string
  name: string
  /** Where its board is; null: nobody has said under which address the console is found. */
  board: string | null
}

/** As a mail. A store's name is the merchant's, and text. */
export function alertMail(notice: Notice, store: AboutStore, to: string, from: string): Letter {
  const sentence = noticeInWords(notice)
  const lines = [sentence, ...(store.board === null ? [] : [store.board])]
  const link =
    store.board && `<p><a href="${escaped(store.board)}" style="color:#1a1a1f">${escaped(store.board)}</a></p>`
  const foot = [`${store.name} (${store.id})`, instantOut(notice.at)]
  return {
    to,
    from: { email: from, name: 'Onrush' },
    subject: `${store.name}: ${sentence}`,
    text: `${[...lines, foot.join('\n')].join('\n\n')}\n`,
    html: letterPage({ language: 'en', subject: sentence, body: `<p>${escaped(sentence)}</p>${link ?? ''}`, foot }),
    attachment: null,
  }
}

/** As JSON. `id` is the same when it is sent twice. */
export const alertJson = (notice: Notice, store: AboutStore) => ({
  text: [`${store.name}: ${noticeInWords(notice)}`, store.board].filter(Boolean).join(' '),
  id: notice.id,
  store: store.id,
  kind: notice.kind,
  rule: notice.rule,
  subject: notice.subject,
  value: notice.value,
  most: notice.most,
  at: instantOut(notice.at),
})

/** Those whom the setting `ALERTS_TO` names, once each: mail addresses, and https addresses. What is neither is left out. */
export function receiversIn(setting: string): string[] {
  const named = setting.split(/\s+/).filter((one) => isPost(one) || /^[^\s@]+@[^\s@]+$/.test(one))
  return [...new Set(named)]
}

/** Whether a receiver is an address to post to. */
export const isPost = (receiver: string): boolean => /^https:\/\//.test(receiver) && URL.canParse(receiver)
