import { expect, it } from 'vitest'
import { mailboxLetter } from './mailbox-letter.ts'
import { LANGUAGES } from './pages/languages/index.ts'

const NOON = Date.UTC(2026, 10, 20, 12)
const about = {
  store: 'Cup & Saucer',
  drop: '<b>Friday</b>',
  link: 'https://shop.example/drops/friday/waiting?proof=v1.abc',
  proof: 'v1.abc',
  expiresAt: NOON,
}

it.each(LANGUAGES)(
  '[ROM23] a letter in %s has the link, the code and until when, as text and as a page',
  (language) => {
    const { subject, text, html } = mailboxLetter(language, about)
    expect(subject).toContain('<b>Friday</b>')
    for (const part of [about.link, `\n\n${about.proof}\n\n`, 'Cup & Saucer', '2026']) expect(text).toContain(part)
    expect(text).toMatch(/12:00(\sPM)? UTC/)
    expect(html).toContain(`<html lang="${language}">`)
    expect(html).toContain(`<a href="${about.link}"`)
    expect(html).toContain('&lt;b&gt;Friday&lt;/b&gt;')
    expect(html).not.toContain('<b>')
    expect(`${subject}${text}${html}`).not.toMatch(/\{\w+\}/)
  },
)

it('[ROM23] letters are other words in each language', () => {
  expect(new Set(LANGUAGES.map((language) => mailboxLetter(language, about).subject)).size).toBe(LANGUAGES.length)
})
