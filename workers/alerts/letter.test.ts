import { describe, expect, it } from 'vitest'
import type { Notice } from '../../domain/alert/alert.ts'
import type { Letter as Mail } from '../../platform/mail/mailer.ts'
import { sendAlert } from './index.ts'
import { alertMail, receiversIn } from './letter.ts'

const notice: Notice = {
  ...{ id: 'queue_age/critical/began/0', at: 0, kind: 'began', rule: 'queue_age' },
  ...{ subject: 'critical', value: 95, most: 60 },
}
const store = { id: 'store_1', name: 'Ana & Co', board: 'https://shop.example/console/jobs' }

describe('what is sent of an alert', () => {
  it('[ALR9] says to people in one sentence what is the matter, and where to look', () => {
    const { subject, text, html } = alertMail(notice, store, 'ana@shop.example', 'onrush@shop.example')
    expect(subject).toBe('Ana & Co: The oldest job in the lane critical has waited 2 min; 60 s is usual at most.')
    expect(text).toContain('https://shop.example/console/jobs')
    expect(html).toContain('Ana &amp; Co (store_1)')
    const over = alertMail({ ...notice, kind: 'ended' }, { ...store, board: null }, 'a@b', 'c@d')
    expect(over.subject).toMatch(/^Ana & Co: Over: The oldest job/)
    expect(over.html).not.toContain('href')
  })

  it('[ALR9] goes to mail addresses and to https addresses, and to nothing else, once each', () => {
    const setting =
      ' ana@shop.example  https://chat.example/hook\nhttp://chat.example ana@shop.example nobody https:// '
    expect(receiversIn(setting)).toEqual(['ana@shop.example', 'https://chat.example/hook'])
    expect(receiversIn('')).toEqual([])
  })

  it('[ALR9] is a letter to the one, and JSON with its words and its figures to the other', async () => {
    const mails: Mail[] = []
    const posts: [string, unknown][] = []
    const post = {
      from: 'onrush@shop.example',
      mailer: { send: async (letter: Mail) => void mails.push(letter) },
      fetch: async (url: string, body: unknown) => void posts.push([url, body]),
    }
    for (const receiver of ['ana@shop.example', 'https://chat.example/hook']) {
      await sendAlert({ notice, receiver }, store, post)
    }
    expect(mails.map(({ to, from }) => [to, from.email])).toEqual([['ana@shop.example', 'onrush@shop.example']])
    const sentence = 'Ana & Co: The oldest job in the lane critical has waited 2 min; 60 s is usual at most.'
    const facts = { id: notice.id, store: 'store_1', kind: 'began', rule: 'queue_age', subject: 'critical' }
    expect(posts).toEqual([
      [
        'https://chat.example/hook',
        { ...facts, text: `${sentence} ${store.board}`, value: 95, most: 60, at: '1970-01-01T00:00:00.000Z' },
      ],
    ])
  })
})
