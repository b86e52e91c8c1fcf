/**
 * The page a visitor meets when their card wants 3-D Secure: one button approves, one fails, and both lead back to
 * the shop's return address, with the same query parameters that Stripe adds. Pressing twice is pressing once.
 */
import type { Account } from './account.ts'
import { Turn } from './books.ts'
import { finishAction } from './payment-intents.ts'
import type { Intent } from './records.ts'

export interface PageReply {
  status: number
  headers: Record<string, string>
  body: string
}

/** Answers /3d_secure/{intent}/{token}: the question, the visitor's answer to it, or where to go when it is settled. */
export function answerActionPage(method: string, path: string, body: string, account: Account): PageReply {
  const [, , id = '', token = ''] = path.split('/')
  const intent = account.books.intents.get(id)
  if (intent === null) return page(404, 'Nothing to authenticate', '<p>This payment is not known here.</p>')
  if (intent.actionToken !== token) return wayBack(intent)
  if (method !== 'POST') return page(200, 'Authenticate this payment', question(intent, path))
  const outcome = new URLSearchParams(body).get('outcome')
  if (outcome !== 'approve' && outcome !== 'fail') {
    return page(400, 'Authenticate this payment', question(intent, path))
  }
  const move = finishAction(intent, outcome === 'approve', account.world())
  if (!move.ok) return wayBack(intent)
  const turn = new Turn()
  account.enter(turn, move.value, { requestId: null, idempotencyKey: null })
  account.record(turn)
  return wayBack(move.value.intent)
}

const STANDINGS: Partial<Record<Intent['status'], string>> = {
  requires_capture: 'succeeded',
  succeeded: 'succeeded',
  processing: 'pending',
}

function wayBack(intent: Intent): PageReply {
  if (intent.returnUrl === null) return page(200, 'Thank you', '<p>That was all. You may close this page.</p>')
  const url = new URL(intent.returnUrl)
  url.searchParams.set('payment_intent', intent.id)
  url.searchParams.set('payment_intent_client_secret', intent.clientSecret)
  url.searchParams.set('redirect_status', STANDINGS[intent.status] ?? 'failed')
  return { status: 303, headers: { Location: url.href }, body: '' }
}

function question(intent: Intent, path: string): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency: intent.currency }).resolvedOptions()
    .maximumFractionDigits
  const amount = new Intl.NumberFormat('en', { style: 'currency', currency: intent.currency }).format(
    intent.amount / 10 ** (digits ?? 2),
  )
  return (
    `<p>Your bank asks whether the payment of <strong>${escaped(amount)}</strong> is yours.</p>` +
    `<form method="post" action="${escaped(path)}">` +
    '<button name="outcome" value="approve">Approve</button> <button name="outcome" value="fail">Fail</button></form>' +
    '<p><small>This is the stand-in for 3-D Secure. No bank is asked and no money moves.</small></p>'
  )
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('>', '&gt;')

const page = (status: number, title: string, content: string): PageReply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
  body:
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    '<meta name="viewport" content="width=device-width"><style>body{font:1.1rem/1.5 system-ui;max-width:28rem;' +
    'margin:15vh auto;padding:0 1rem}button{font:inherit;padding:.6rem 1.4rem;margin:.3rem 0}</style></head>' +
    `<body><main><h1>${title}</h1>${content}</main></body></html>\n`,
})
