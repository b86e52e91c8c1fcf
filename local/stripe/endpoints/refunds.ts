/** /v1/refunds: from a form to a move and from a move to an answer. The moves are in `../refunds.ts`. */
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import type { Account } from '../account.ts'
import { answer, answerRefusal, invalid, missingResource, type ApiRefusal } from '../answers.ts'
import { reading, type Asked, type Endpoint, type Prepared } from '../endpoint.ts'
import { expandProblem } from '../expand.ts'
import { newId } from '../ids.ts'
import { listPage, readPage } from '../lists.ts'
import { Params } from '../params.ts'
import { refundCharge } from '../refunds.ts'
import { wireRefund } from '../wire.ts'

const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const

export const refundEndpoints: Endpoint[] = [
  { name: 'refunds.create', method: 'POST', path: 'refunds', prepare: prepareCreate },
  { name: 'refunds.list', method: 'GET', path: 'refunds', prepare: prepareList },
  { name: 'refunds.retrieve', method: 'GET', path: 'refunds/:id', prepare: prepareRetrieve },
]

function prepareCreate(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const [intentId, chargeId] = [params.text('payment_intent'), params.text('charge')]
  if ((intentId === null) === (chargeId === null)) {
    params.complain(invalid('Send one of payment_intent and charge.', 'parameter_missing', 'payment_intent'))
  }
  const ask = {
    id: newId('re'),
    amount: params.integer('amount', 1),
    reason: params.choice('reason', REASONS),
    metadata: params.metadata() ?? {},
  }
  params.ignore('instructions_email', 'refund_application_fee', 'reverse_transfer')
  const paths = readExpand(params)
  const read = params.settle()
  if (!read.ok) return read
  const { books } = account
  return accept({
    locks: intentId ?? books.charges.get(chargeId)?.intentId ?? null,
    slow: false,
    run: (turn) => {
      const intent = books.intents.get(intentId)
      if (intentId !== null && intent === null) {
        return answerRefusal(missingResource('payment_intent', intentId, 'payment_intent'))
      }
      const charge = books.charges.get(chargeId ?? intent?.latestChargeId ?? null)
      if (chargeId !== null && charge === null) return answerRefusal(missingResource('charge', chargeId, 'charge'))
      const move = refundCharge(charge, ask, account.now(), account.controls.refund_ms)
      if (!move.ok) return answerRefusal(move.refusal)
      account.enter(turn, move.value, asked.cause)
      return answer(wireRefund(move.value.refund), paths)
    },
  })
}

function prepareRetrieve(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const paths = readExpand(params)
  const read = params.settle()
  if (!read.ok) return read
  return accept(
    reading(() => {
      const refund = account.books.refunds.get(asked.id)
      return refund === null
        ? answerRefusal(missingResource('refund', asked.id, 'id'))
        : answer(wireRefund(refund), paths)
    }),
  )
}

function prepareList(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const page = readPage(params)
  const [intentId, chargeId] = [params.text('payment_intent'), params.text('charge')]
  const paths = params.list('expand')
  const problem = expandProblem('refund', paths, true)
  if (problem !== null) params.complain(problem)
  const read = params.settle()
  if (!read.ok) return read
  const listed = listPage(account.books.refunds, page, {
    noun: 'refund',
    url: '/v1/refunds',
    wants: (refund) =>
      (intentId === null || refund.intentId === intentId) && (chargeId === null || refund.chargeId === chargeId),
    wire: wireRefund,
  })
  return listed.ok ? accept(reading(() => ({ ...listed.value, expand: paths }))) : refuse(listed.refusal)
}

function readExpand(params: Params): string[] {
  const paths = params.list('expand')
  const problem = expandProblem('refund', paths)
  if (problem !== null) params.complain(problem)
  return paths
}
