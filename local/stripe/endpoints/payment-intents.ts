/** /v1/payment_intents: from a form to a move and from a move to an answer. The moves are in `../payment-intents.ts`. */
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import type { Account } from '../account.ts'
import { amountProblem, currencyProblem } from '../amounts.ts'
import {
  answer,
  answerRefusal,
  invalid,
  missingResource,
  unexpectedState,
  type Answer,
  type ApiRefusal,
} from '../answers.ts'
import type { Turn } from '../books.ts'
import { CARDS } from '../cards.ts'
import { reading, type Asked, type Endpoint, type Prepared } from '../endpoint.ts'
import { expandProblem } from '../expand.ts'
import { newId } from '../ids.ts'
import { listPage, readPage } from '../lists.ts'
import { Params } from '../params.ts'
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  needsReturnUrl,
  NO_METHOD,
  updateIntent,
  type Confirmation,
  type IntentChanges,
  type Move,
} from '../payment-intents.ts'
import type { AttemptError, Intent, PaymentMethod } from '../records.ts'
import { wireAttemptError, wireIntent } from '../wire.ts'
import { readPaymentMethod } from './payment-methods.ts'

const CAPTURE_METHODS = ['automatic', 'automatic_async', 'manual'] as const
const CANCELLATION_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const
const ECHOED = [
  'customer',
  'description',
  'receipt_email',
  'setup_future_usage',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'transfer_group',
] as const
const IGNORED = [
  'mandate_data',
  'payment_method_options',
  'radar_options',
  'shipping',
  'use_stripe_sdk',
  'amount_details',
]

export const paymentIntentEndpoints: Endpoint[] = [
  { name: 'payment_intents.create', method: 'POST', path: 'payment_intents', prepare: prepareCreate },
  { name: 'payment_intents.list', method: 'GET', path: 'payment_intents', prepare: prepareList },
  { name: 'payment_intents.retrieve', method: 'GET', path: 'payment_intents/:id', prepare: prepareRetrieve },
  { name: 'payment_intents.update', method: 'POST', path: 'payment_intents/:id', prepare: prepareUpdate },
  { name: 'payment_intents.confirm', method: 'POST', path: 'payment_intents/:id/confirm', prepare: prepareConfirm },
  { name: 'payment_intents.capture', method: 'POST', path: 'payment_intents/:id/capture', prepare: prepareCapture },
  { name: 'payment_intents.cancel', method: 'POST', path: 'payment_intents/:id/cancel', prepare: prepareCancel },
]

function prepareCreate(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  params.require('amount', 'currency')
  const money = readMoney(params)
  const { captureMethod = 'automatic_async', allowedMethods = null } = readTerms(params)
  const allowRedirects = params.group('automatic_payment_methods', readAutomatic) ?? 'always'
  const paymentMethod = readPaymentMethod(params, null)
  const confirm = params.flag('confirm') ?? false
  const asks: Confirmation = { ...readConfirmation(params), method: null }
  params.ignore(...IGNORED)
  const intent: Intent = {
    ...blank(account.now()),
    amount: money.amount ?? 0,
    currency: money.currency ?? '',
    status: paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
    captureMethod,
    allowedMethods,
    allowRedirects,
    metadata: params.metadata() ?? {},
    echoed: readEchoed(params, {}),
    paymentMethod,
  }
  for (const name of ['return_url', 'off_session', 'error_on_requires_action']) {
    if (params.has(name) && !confirm)
      params.complain(invalid(`You can only send ${name} with confirm=true.`, undefined, name))
  }
  if (confirm && paymentMethod === null) params.complain(unexpectedState(NO_METHOD))
  if (confirm) checkReturnUrl(params, intent, asks)
  const paths = readExpand(params)
  return settled(params, () => ({
    locks: null,
    slow: confirm && isSlow(paymentMethod),
    run: (turn) => {
      const born = bear(turn, asked, account, intent)
      return confirm
        ? conclude(turn, asked, account, paths, confirmIntent(born, asks, account.world()))
        : shown(born, paths, account)
    },
  }))
}

function prepareRetrieve(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  params.ignore('client_secret')
  const paths = readExpand(params)
  return settled(params, () => reading(() => withIntent(asked, account, (intent) => shown(intent, paths, account))))
}

function prepareList(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const page = readPage(params)
  const customer = params.text('customer')
  const paths = params.list('expand')
  const problem = expandProblem('payment_intent', paths, true)
  if (problem !== null) params.complain(problem)
  const read = params.settle()
  if (!read.ok) return read
  const listed = listPage(account.books.intents, page, {
    noun: 'payment_intent',
    url: '/v1/payment_intents',
    wants: (intent) => customer === null || intent.echoed['customer'] === customer,
    wire: (intent) => wireIntent(intent, account.base),
  })
  if (!listed.ok) return listed
  return accept(reading(() => ({ ...listed.value, expand: paths })))
}

function prepareUpdate(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const current = account.books.intents.get(asked.id)
  const method = readPaymentMethod(params, current?.paymentMethod ?? null)
  const sent = params.metadata()
  const changes: IntentChanges = {
    ...readMoney(params, current),
    ...readTerms(params),
    ...(method === null ? {} : { method }),
    metadata: merged(current?.metadata ?? {}, sent),
    echoed: readEchoed(params, current?.echoed ?? {}),
  }
  params.ignore(...IGNORED)
  const paths = readExpand(params)
  return settled(params, () => ({
    locks: asked.id,
    slow: false,
    run: (turn) =>
      withIntent(asked, account, (intent) => {
        const updated = updateIntent(intent, changes)
        if (!updated.ok) return answerRefusal(updated.refusal)
        turn.put('intents', updated.value)
        return shown(updated.value, paths, account)
      }),
  }))
}

function prepareConfirm(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const current = account.books.intents.get(asked.id)
  const { captureMethod, allowedMethods } = readTerms(params)
  const method = readPaymentMethod(params, current?.paymentMethod ?? null)
  const asks: Confirmation = { ...readConfirmation(params), method }
  params.ignore(...IGNORED, ...ECHOED)
  const terms = {
    ...(captureMethod === undefined ? {} : { captureMethod }),
    ...(allowedMethods === undefined ? {} : { allowedMethods }),
  }
  if (current !== null) checkReturnUrl(params, { ...current, ...terms }, asks)
  const paths = readExpand(params)
  return settled(params, () => ({
    locks: asked.id,
    slow: isSlow(method ?? current?.paymentMethod ?? null),
    run: (turn) =>
      withIntent(asked, account, (intent) =>
        conclude(turn, asked, account, paths, confirmIntent({ ...intent, ...terms }, asks, account.world())),
      ),
  }))
}

function prepareCapture(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const amount = params.integer('amount_to_capture', 1)
  if (params.flag('final_capture') === false) {
    params.complain(
      invalid('The stand-in captures once; final_capture=false is not among its arts.', undefined, 'final_capture'),
    )
  }
  const sent = params.metadata()
  params.ignore('statement_descriptor', 'statement_descriptor_suffix', 'amount_details')
  const paths = readExpand(params)
  return settled(params, () => ({
    locks: asked.id,
    slow: false,
    run: (turn) =>
      withIntent(asked, account, (intent) => {
        const told: Intent = { ...intent, metadata: merged(intent.metadata, sent) }
        const charge = account.books.charges.get(intent.latestChargeId)
        return conclude(turn, asked, account, paths, captureIntent(told, charge, amount))
      }),
  }))
}

function prepareCancel(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const reason = params.choice('cancellation_reason', CANCELLATION_REASONS)
  const paths = readExpand(params)
  return settled(params, () => ({
    locks: asked.id,
    slow: false,
    run: (turn) =>
      withIntent(asked, account, (intent) => {
        const charge = account.books.charges.get(intent.latestChargeId)
        return conclude(turn, asked, account, paths, cancelIntent(intent, charge, reason, account.now()))
      }),
  }))
}

/** Records a move and answers with the intent, or with 402 when the attempt in it failed. */
function conclude(
  turn: Turn,
  asked: Asked,
  account: Account,
  paths: readonly string[],
  decided: Decision<Move, ApiRefusal>,
): Answer {
  if (!decided.ok) return answerRefusal(decided.refusal)
  const move = decided.value
  account.enter(turn, move, asked.cause)
  if (move.failure !== null) return declinedAnswer(move.failure, move.intent, account)
  return shown(move.intent, paths, account)
}

function declinedAnswer(failure: AttemptError, intent: Intent, account: Account): Answer {
  const { type: _type, message: _message, ...facts } = wireAttemptError(failure)
  return answerRefusal({
    status: 402,
    type: 'card_error',
    message: failure.message,
    facts: { ...facts, payment_intent: wireIntent(intent, account.base) },
  })
}

function bear(turn: Turn, asked: Asked, account: Account, intent: Intent): Intent {
  const news = [{ type: 'payment_intent.created', intent }]
  account.enter(turn, { intent, charge: null, failure: null, news }, asked.cause)
  return intent
}

const shown = (intent: Intent, paths: readonly string[], account: Account): Answer =>
  answer(wireIntent(intent, account.base), paths)

function withIntent(asked: Asked, account: Account, go: (intent: Intent) => Answer): Answer {
  const intent = account.books.intents.get(asked.id)
  return intent === null ? answerRefusal(missingResource('payment_intent', asked.id, 'intent')) : go(intent)
}

function settled(params: Params, prepared: () => Prepared): Decision<Prepared, ApiRefusal> {
  const read = params.settle()
  return read.ok ? accept(prepared()) : refuse(read.refusal)
}

function readMoney(params: Params, current: Intent | null = null): { amount?: number; currency?: string } {
  const [amount, currency] = [params.integer('amount', 1), params.text('currency')]
  const wrongCurrency = currency === null ? null : currencyProblem(currency)
  if (wrongCurrency !== null) params.complain(wrongCurrency)
  const wrongAmount = amount === null ? null : amountProblem(amount, currency ?? current?.currency ?? '')
  if (wrongAmount !== null) params.complain(wrongAmount)
  return { ...(amount === null ? {} : { amount }), ...(currency === null ? {} : { currency }) }
}

function readTerms(params: Params): { captureMethod?: Intent['captureMethod']; allowedMethods?: string[] } {
  const captureMethod = params.choice('capture_method', CAPTURE_METHODS)
  const allowedMethods = params.list('allowed_payment_method_types')
  for (const type of allowedMethods) {
    if (type !== 'card')
      params.complain(invalid(`The stand-in only knows cards, not ${type}.`, undefined, 'allowed_payment_method_types'))
  }
  params.choice('confirmation_method', ['automatic'])
  return {
    ...(captureMethod === null ? {} : { captureMethod }),
    ...(allowedMethods.length === 0 ? {} : { allowedMethods }),
  }
}

function readAutomatic(automatic: Params): 'always' | 'never' {
  automatic.require('enabled')
  automatic.flag('enabled')
  return automatic.choice('allow_redirects', ['always', 'never']) ?? 'always'
}

function readConfirmation(params: Params): Omit<Confirmation, 'method'> {
  const returnUrl = params.text('return_url')
  if (returnUrl !== null && !URL.canParse(returnUrl))
    params.complain(invalid('Not a valid URL', 'url_invalid', 'return_url'))
  const strict = params.flag('error_on_requires_action') ?? false
  const away = params.text('off_session')
  return { returnUrl, withoutVisitor: strict || (away !== null && away !== 'false') }
}

function checkReturnUrl(params: Params, intent: Intent, asks: Confirmation): void {
  if (!needsReturnUrl(intent) || (asks.returnUrl ?? intent.returnUrl) !== null) return
  params.complain(
    invalid(
      'This PaymentIntent accepts whatever payment methods the account has, and one of them might redirect the customer: ' +
        'send a `return_url`, or `automatic_payment_methods[allow_redirects]=never`, or `allowed_payment_method_types`.',
      undefined,
      'return_url',
    ),
  )
}

function readEchoed(params: Params, before: Record<string, string>): Record<string, string> {
  const result = { ...before }
  for (const name of ECHOED) {
    const value = params.text(name)
    if (value !== null) result[name] = value
    else if (params.has(name)) delete result[name]
  }
  return result
}

function readExpand(params: Params): string[] {
  const paths = params.list('expand')
  const problem = expandProblem('payment_intent', paths)
  if (problem !== null) params.complain(problem)
  return paths
}

/** Metadata as Stripe merges it: an empty value removes its key, an empty whole removes them all. */
function merged(
  before: Record<string, string>,
  sent: Record<string, string> | null | undefined,
): Record<string, string> {
  if (sent === null) return {}
  return Object.fromEntries(Object.entries({ ...before, ...sent }).filter(([, value]) => value !== ''))
}

const isSlow = (method: PaymentMethod | null): boolean => method !== null && CARDS[method.card].slow

function blank(
  now: number,
): Omit<
  Intent,
  | 'amount'
  | 'currency'
  | 'status'
  | 'captureMethod'
  | 'allowedMethods'
  | 'allowRedirects'
  | 'metadata'
  | 'echoed'
  | 'paymentMethod'
> {
  const id = newId('pi')
  return {
    id,
    clientSecret: newId(`${id}_secret`),
    createdAt: now,
    returnUrl: null,
    actionToken: null,
    latestChargeId: null,
    amountCapturable: 0,
    amountReceived: 0,
    lastError: null,
    dueAt: null,
    canceledAt: null,
    cancellationReason: null,
  }
}
