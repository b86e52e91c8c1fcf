/** For the stand-in's own tests: a stand-in whose clock stands still, clients of both SDK builds, and a webhook ear. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Stripe } from 'stripe'
import { startStripe, type StripeOptions, type StripeStandIn } from './server.ts'

export const WEBHOOK_SECRET = 'whsec_test'
export const RETURN_URL = 'http://shop.test/orders/1?secret=s'

/** Time stands still unless `clock_advance_ms` moves it, so nothing happens by itself behind a test's back. */
export async function startFrozen(options: Partial<StripeOptions> = {}): Promise<StripeStandIn> {
  const started = Date.now()
  return startStripe({ webhookSecret: WEBHOOK_SECRET, now: () => started, ...options })
}

export const clientOf = (standIn: StripeStandIn, more: Partial<Stripe.StripeConfig> = {}): Stripe =>
  new Stripe(standIn.secretKey, {
    host: '127.0.0.1',
    port: standIn.port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
    timeout: 5000,
    ...more,
  })

/** The same without the confirmation, for what is paid step by step. */
export const unconfirmed = (card = 'pm_card_visa'): Stripe.PaymentIntentCreateParams => {
  const { confirm: _now, return_url: _back, ...rest } = purchase(card)
  return rest
}

/** A purchase as the shop makes it: authorise now, capture later. */
export const purchase = (card = 'pm_card_visa', amount = 4500): Stripe.PaymentIntentCreateParams => ({
  amount,
  currency: 'eur',
  capture_method: 'manual',
  payment_method: card,
  allowed_payment_method_types: ['card'],
  return_url: RETURN_URL,
  confirm: true,
  metadata: { order_id: 'ord_1' },
})

/** What the SDK threw. Faults when it threw nothing, or something else. */
export async function refusalOf(asked: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const result: unknown = await asked.catch((fault: unknown) => fault)
  if (result instanceof Stripe.errors.StripeError) return result
  throw new Error(`expected the SDK to refuse, got ${JSON.stringify(result)}`)
}

/** Polls until it holds; bounded, for real sockets are involved. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if (await holds()) return
    await sleep(5)
  }
  throw new Error(`never came to be: ${what}`)
}

export interface Heard {
  payload: string
  headers: IncomingHttpHeaders
  event: Stripe.Event
}

/** A webhook endpoint that writes down, in order, what it was sent. */
export async function listenForWebhooks(): Promise<{
  url: string
  heard: Heard[]
  types(): string[]
  answerWith(status: number): void
  stop(): Promise<void>
}> {
  const heard: Heard[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const payload = Buffer.concat(chunks).toString()
      const event: Stripe.Event = JSON.parse(payload)
      heard.push({ payload, headers: request.headers, event })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    heard,
    types: () => heard.map((one) => one.event.type),
    answerWith: (next) => {
      status = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
