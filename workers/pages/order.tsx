/**
 * An order: where it stands, what is in it, what the buyer may still have to do. The live part is replaced when the
 * order changes; without scripts the browser asks again every few seconds until the order has settled.
 */
import type { FC } from 'hono/jsx'
import type { OrderStatus, OrderView } from '../../domain/message/order-book.ts'
import { Notice } from './parts/cards.tsx'
import { page } from './parts/layout.tsx'
import { Lines, Total } from './parts/lines.tsx'
import type { Frame, OrderPageView } from './views.ts'
import { instantInWords, priceInWords } from './words.ts'

/** States that change by themselves, within seconds or after the buyer's bank. */
const OPEN: readonly OrderStatus[] = ['accepted', 'processing', 'requires_action']

const HEADLINES: Record<OrderStatus, string> = {
  accepted: 'We have your order',
  requires_action: 'Your bank wants a word',
  processing: 'Waiting for your payment',
  paid: 'Paid, and yours',
  payment_failed: 'The payment did not work',
  not_available: 'We could not get your units',
  cancelled: 'This order was cancelled',
  partially_refunded: 'Partly refunded',
  refunded: 'Refunded',
}

const WORDS: Record<OrderStatus, string> = {
  accepted:
    'It is safe with us, and your units are secured. Your payment follows in a moment; this page tells you by itself.',
  requires_action: 'Confirm the payment with your bank, and your order goes on. Your units wait for you meanwhile.',
  processing:
    'Your units are secured and we are waiting for the payment’s answer. You need not do anything, and you will not be charged twice.',
  paid: 'Your payment went through and your units are yours. The receipt is on its way to your mailbox.',
  payment_failed:
    'Nothing was charged, and the units went back on sale. You may reserve them again and pay in another way.',
  not_available: 'The units were gone before the payment could be taken. Nothing was charged.',
  cancelled: 'Whatever was charged has gone back to you.',
  partially_refunded: 'A part of what you paid has gone back to you.',
  refunded: 'All that you paid has gone back to you. Banks may take some days to show it.',
}

export function orderPage(frame: Frame, view: OrderPageView) {
  const { order } = view
  const isOpen = OPEN.includes(order.status)
  // A paid order still waits for its receipt, for a little while.
  const isFinal = !isOpen && (order.status !== 'paid' || view.receiptUrl !== null)
  return page(
    frame,
    {
      title: HEADLINES[order.status],
      scripts: isFinal ? [] : ['live.js'],
      refreshSeconds: isFinal ? undefined : 4,
    },
    <div class="desk">
      <div
        data-live
        data-version={`${order.version}-${view.receiptUrl === null ? 0 : 1}`}
        data-events={view.eventsUrl}
        data-final={isFinal ? '' : undefined}
        aria-live="polite"
      >
        <OrderBody frame={frame} view={view} />
      </div>
      {isFinal ? null : (
        <noscript>
          <p class="small">
            This page looks again by itself. <a href={`/orders/${order.id}`}>Look now</a>
          </p>
        </noscript>
      )}
    </div>,
  )
}

const OrderBody: FC<{ frame: Frame; view: OrderPageView }> = ({ frame, view: { order, pictures, receiptUrl } }) => {
  const locale = frame.store.locale
  return (
    <>
      <h1>{HEADLINES[order.status]}</h1>
      <div class="desk-split" data-status={order.status}>
        <div class="story">
          <p class="order-words">{order.failure?.message ?? WORDS[order.status]}</p>
          {order.failure === null ? null : <p>{WORDS[order.status]}</p>}
          <NextAction order={order} />
          <Steps order={order} hasReceipt={receiptUrl !== null} />
          <p class="slip-actions">
            {receiptUrl === null ? null : (
              <a class="button" href={receiptUrl}>
                Open the receipt (PDF)
              </a>
            )}
            {order.status === 'payment_failed' || order.status === 'not_available' ? <TryAgain order={order} /> : null}
          </p>
        </div>
        <aside class="slip" aria-label="What you ordered">
          <Lines lines={order.lines} pictures={pictures} locale={locale} />
          <Total total={order.total} locale={locale} />
          <Refunds order={order} locale={locale} />
          <dl class="facts">
            <div>
              <dt>Order</dt>
              <dd class="id">{order.id}</dd>
            </div>
            <div>
              <dt>Placed</dt>
              <dd>{instantInWords(order.createdAt, locale)}</dd>
            </div>
            <div>
              <dt>Receipt to</dt>
              <dd>{order.email}</dd>
            </div>
          </dl>
        </aside>
      </div>
    </>
  )
}

const NextAction: FC<{ order: OrderView }> = ({ order }) =>
  order.status === 'requires_action' && order.nextActionUrl !== null ? (
    <Notice title="One step is left">
      <p>You are taken to your bank, and come back here afterwards.</p>
      <p>
        <a class="button" href={order.nextActionUrl} rel="noreferrer">
          Confirm with your bank
        </a>
      </p>
    </Notice>
  ) : null

const TryAgain: FC<{ order: OrderView }> = ({ order }) => {
  const first = order.lines[0]
  return first === undefined ? null : (
    <a class="button" href={`/products/${first.productSlug}?sku=${encodeURIComponent(first.sku)}`}>
      Reserve again
    </a>
  )
}

type StepState = 'done' | 'now' | 'bad' | 'next'

/** Order, payment, receipt: how far it has come. */
const Steps: FC<{ order: OrderView; hasReceipt: boolean }> = ({ order, hasReceipt }) => {
  const failed = ['payment_failed', 'not_available', 'cancelled'].includes(order.status)
  const isOpen = OPEN.includes(order.status)
  const steps: { words: string; note: string; state: StepState }[] = [
    {
      words: 'Order taken',
      note: failed ? 'Your units were set aside, and are free again.' : 'Your units are set aside.',
      state: 'done',
    },
    {
      words: failed ? 'Not paid' : isOpen ? 'Payment' : 'Paid',
      note: failed ? 'Nothing was charged, or it went back.' : isOpen ? 'Being asked for now.' : 'Charged once.',
      state: failed ? 'bad' : isOpen ? 'now' : 'done',
    },
  ]
  if (!failed)
    steps.push({
      words: 'Receipt',
      note: hasReceipt ? 'Sent to your mailbox.' : 'Follows the payment.',
      state: hasReceipt ? 'done' : isOpen ? 'next' : 'now',
    })
  return (
    <ol class="steps" aria-label="How far your order has come">
      {steps.map(({ words, note, state }) => (
        <li class={state} aria-current={state === 'now' ? 'step' : undefined}>
          <b>{words}</b>
          {note}
        </li>
      ))}
    </ol>
  )
}

const Refunds: FC<{ order: OrderView; locale: string }> = ({ order, locale }) =>
  order.refunds.length === 0 ? null : (
    <dl class="sum">
      {order.refunds.map((refund) => (
        <div>
          <dt>
            Refund{refund.status === 'pending' ? ', under way' : refund.status === 'failed' ? ', failed' : ''}
            {refund.reason === null ? '' : `: ${refund.reason}`}
          </dt>
          <dd>−{priceInWords(refund.amount, locale)}</dd>
        </div>
      ))}
    </dl>
  )
