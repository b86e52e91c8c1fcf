/** /v1/charges and /v1/events: what can be looked up but not changed. */
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import type { Account } from '../account.ts'
import { answer, answerRefusal, missingResource, type ApiRefusal } from '../answers.ts'
import { reading, type Asked, type Endpoint, type Prepared } from '../endpoint.ts'
import { expandProblem } from '../expand.ts'
import { listPage, readPage } from '../lists.ts'
import { Params } from '../params.ts'
import type { EventRecord } from '../records.ts'
import { wireCharge, wireEvent } from '../wire.ts'

export const readEndpoints: Endpoint[] = [
  { name: 'charges.retrieve', method: 'GET', path: 'charges/:id', prepare: prepareCharge },
  { name: 'charges.list', method: 'GET', path: 'charges', prepare: prepareCharges },
  { name: 'events.retrieve', method: 'GET', path: 'events/:id', prepare: prepareEvent },
  { name: 'events.list', method: 'GET', path: 'events', prepare: prepareEvents },
]

const EVENTS_KEPT_MS = 30 * 24 * 3_600_000 // Stripe's window for reading events back

function prepareCharge(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const paths = params.list('expand')
  const problem = expandProblem('charge', paths)
  if (problem !== null) params.complain(problem)
  const read = params.settle()
  if (!read.ok) return read
  return accept(
    reading(() => {
      const charge = account.books.charges.get(asked.id)
      return charge === null
        ? answerRefusal(missingResource('charge', asked.id, 'id'))
        : answer(wireCharge(charge), paths)
    }),
  )
}

function prepareCharges(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const page = readPage(params)
  const intentId = params.text('payment_intent')
  const paths = params.list('expand')
  const problem = expandProblem('charge', paths, true)
  if (problem !== null) params.complain(problem)
  const read = params.settle()
  if (!read.ok) return read
  const listed = listPage(account.books.charges, page, {
    noun: 'charge',
    url: '/v1/charges',
    wants: (charge) => intentId === null || charge.intentId === intentId,
    wire: wireCharge,
  })
  return listed.ok ? accept(reading(() => ({ ...listed.value, expand: paths }))) : refuse(listed.refusal)
}

function prepareEvent(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const read = new Params(asked.form).settle()
  if (!read.ok) return read
  return accept(
    reading(() => {
      const event = account.books.events.get(asked.id)
      return event === null ? answerRefusal(missingResource('event', asked.id, 'id')) : answer(wireEvent(event))
    }),
  )
}

function prepareEvents(asked: Asked, account: Account): Decision<Prepared, ApiRefusal> {
  const params = new Params(asked.form)
  const page = readPage(params)
  const [type, types, delivered] = [params.text('type'), params.list('types'), params.flag('delivery_success')]
  const read = params.settle()
  if (!read.ok) return read
  const wanted = type === null ? types : [type]
  const since = account.now() - EVENTS_KEPT_MS
  const listed = listPage(account.books.events, page, {
    noun: 'event',
    url: '/v1/events',
    wants: (event: EventRecord) =>
      event.createdAt > since &&
      (wanted.length === 0 || wanted.some((name) => matches(name, event.type))) &&
      (delivered === null || delivered === (event.delivery !== 'awaited')),
    wire: wireEvent,
  })
  return listed.ok ? accept(reading(() => listed.value)) : refuse(listed.refusal)
}

/** `charge.*` stands for every type that begins with `charge.`. */
const matches = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
