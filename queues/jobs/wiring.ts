/** The parts that jobs work with, from the bindings. */
import type { OrderView } from '../../domain/message/order-book.ts'
import { orderBookName } from '../../domain/sharding/bucket.ts'
import { jobWorkOf, jobsOf, orderBook, stockOf } from '../../platform/desks.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { R2Documents } from '../../platform/documents/documents.ts'
import { BindingMailer } from '../../platform/mail/mailer.ts'
import type { CallParts } from '../../platform/outbound/calling.ts'
import { webhookSecretOf } from '../../platform/outbound/signature.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { sign } from '../../platform/signing.ts'
import { sendLetter } from '../letter-sender.ts'
import type { Outcome } from '../outcome.ts'
import type { JobConsumerParts } from './consumer.ts'
import { JobFiles } from './files.ts'
import type { WarmShop } from './parts.ts'

/** @param recordBook the recorder, for one order book. */
export const jobParts = (
  env: Env,
  warm: WarmShop,
  recordBook: (book: string) => Promise<Outcome>,
): JobConsumerParts => ({
  clock: systemClock,
  random: systemRandom,
  outside: outsideOf(env),
  webhookSecretOf: (storeId) => webhookSecretOf(env.SIGNING_KEY, storeId),
  mailer: new BindingMailer(env.MAIL),
  mailFrom: env.MAIL_FROM,
  documents: new R2Documents(env.DOCUMENTS),
  files: new JobFiles(env.DOCUMENTS),
  database: () => databaseOf(env),
  orderBook: (storeId, book) => orderBook(env, orderBookName(storeId, book)),
  stockOf: (storeId, sku) => stockOf(env, storeId, sku),
  jobsOf: (storeId, shard) => jobsOf(env, storeId, shard),
  workOf: (storeId, shard) => jobWorkOf(env, storeId, shard),
  sendLetter: (book, letter) =>
    sendLetter(book, letter, {
      bookNamed: (name) => orderBook(env, name),
      documents: new R2Documents(env.DOCUMENTS),
      mailer: new BindingMailer(env.MAIL),
      mailFrom: env.MAIL_FROM,
      linkTo: (order) => linkTo(order, env.SIGNING_KEY),
    }),
  recordBook,
  warm,
})

/** The same secret that the buyer got with the 202 (workers/order-access.ts). */
async function linkTo({ id, storeId, orderUrl }: OrderView, signingKey: string): Promise<string> {
  const link = new URL(orderUrl)
  link.searchParams.set('secret', await sign(signingKey, 'order', `${storeId} ${id}`))
  return link.href
}

/** Merchants' servers, by a network that has only public addresses where the runtime gives us one (`npm run serve`). */
function outsideOf(env: Env): CallParts {
  const isAtHome = env.MERCHANT_CALLS === 'anywhere'
  const { OUTSIDE: publicOnly } = env as { OUTSIDE?: Fetcher }
  return {
    isAtHome,
    ownHosts: [env.PUBLIC_ORIGIN, env.ORIGIN_URL]
      .filter((url) => URL.canParse(url))
      .map((url) => new URL(url).hostname),
    fetch: (request) => (publicOnly && !isAtHome ? publicOnly.fetch(request) : fetch(request)),
    now: () => systemClock.now(),
  }
}
