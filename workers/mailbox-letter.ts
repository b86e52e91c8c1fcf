/** What the letter says that proves a mailbox, as plain text and as HTML, in the language of whoever asked for it. */
import { escaped, letterPage } from '../platform/mail/letter-page.ts'
import { said, wordsFor } from './pages/languages/index.ts'

export interface MailboxLetter {
  store: string
  drop: string
  /** To the waiting room, with the proof in it. */
  link: string
  /** The same, to be copied by hand. */
  proof: string
  /** ms; exclusive. */
  expiresAt: number
}

/** Names are the merchant's, and text in both. Nothing that whoever asked has typed stands in it. */
export function mailboxLetter(
  locale: string,
  { store, drop, link, proof, expiresAt }: MailboxLetter,
): { subject: string; text: string; html: string } {
  const words = wordsFor(locale).room.letter
  // Where the mailbox is nobody knows; UTC is true everywhere.
  const until = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const filled = (sentence: string): string => said(sentence, { store, drop, time: `${until.format(expiresAt)} UTC` })
  const [subject, lead, end] = [filled(words.subject), filled(words.lead), filled(words.until)]
  const text = [words.greeting, lead, link, words.paste, proof, end, words.ignore, store].join('\n\n')
  const paragraph = (html: string): string => `<p>${html}</p>`
  const body = [
    ...[words.greeting, lead].map((sentence) => paragraph(escaped(sentence))),
    paragraph(`<a href="${escaped(link)}" style="color:#1a1a1f">${escaped(words.go)}</a>`),
    paragraph(`${escaped(words.paste)}<br><code style="word-break:break-all">${escaped(proof)}</code>`),
    ...[end, words.ignore].map((sentence) => paragraph(escaped(sentence))),
  ].join('\n')
  return { subject, text: `${text}\n`, html: letterPage({ language: locale, subject, body, foot: [store] }) }
}
