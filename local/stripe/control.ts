/** What the control route shows: the knobs, the counts, and the ledger of every intent (the README explains each). */
import type { Account } from './account.ts'
import type { Controls } from './controls.ts'
import type { Intent, JsonObject } from './records.ts'

export interface ControlState {
  /** The stand-in's clock, in ms; and by how much it is ahead of the real one. */
  now: number
  clock_ahead_ms: number
  controls: Controls
  counters: {
    requests: Record<string, number>
    intents: number
    authorizations: number
    captures: number
    refunds: number
    declines: number
    events: number
    webhooks: { sent: number; acknowledged: number; failed: number; gave_up: number; lost: number; waiting: number }
  }
}

export interface LedgerLine {
  id: string
  status: string
  currency: string
  created: number
  /** Minor units: asked for, and what became of it. */
  amount: number
  authorized: number
  captured: number
  refunded: number
  /** Successful authorisations and captures of this intent: neither is ever more than one. */
  authorizations: number
  captures: number
  metadata: JsonObject
}

export interface Ledger {
  intents: LedgerLine[]
  /** Captured and refunded per currency. */
  totals: Record<string, { authorized: number; captured: number; refunded: number }>
}

export function controlState(account: Account): ControlState {
  const { books, counts } = account
  const charges = [...books.charges.all()].filter((charge) => charge.status === 'succeeded')
  return {
    now: account.now(),
    clock_ahead_ms: books.aheadMs,
    controls: account.controls,
    counters: {
      requests: Object.fromEntries(counts.requests),
      intents: books.intents.size,
      authorizations: charges.length,
      captures: charges.filter((charge) => charge.captured).length,
      refunds: books.refunds.size,
      declines: counts.declines,
      events: books.events.size,
      webhooks: { ...counts.webhooks, waiting: books.deliveries.size },
    },
  }
}

/** Built from the charges and not from the intents: it shows what was charged, not what the intents believe. */
export function ledger(account: Account): Ledger {
  const lines = new Map<string, LedgerLine>()
  for (const intent of account.books.intents.all()) lines.set(intent.id, emptyLine(intent))
  const totals: Ledger['totals'] = {}
  for (const charge of account.books.charges.all()) {
    const line = lines.get(charge.intentId)
    if (line === undefined || charge.status !== 'succeeded') continue
    const total = (totals[charge.currency] ??= { authorized: 0, captured: 0, refunded: 0 })
    for (const sum of [line, total]) {
      sum.authorized += charge.amount
      sum.captured += charge.amountCaptured
      sum.refunded += charge.amountRefunded
    }
    line.authorizations += 1
    line.captures += charge.captured ? 1 : 0
  }
  return { intents: [...lines.values()], totals }
}

const emptyLine = (intent: Intent): LedgerLine => ({
  id: intent.id,
  status: intent.status,
  currency: intent.currency,
  created: Math.floor(intent.createdAt / 1000),
  amount: intent.amount,
  authorized: 0,
  captured: 0,
  refunded: 0,
  authorizations: 0,
  captures: 0,
  metadata: { ...intent.metadata },
})
