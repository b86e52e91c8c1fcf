/** What handlers work with: our own parts, handed in so that a test can hand in others. */
import type { Clock } from '../../domain/basics/clock.ts'
import type { Random } from '../../domain/basics/random.ts'
import type { JobDesk } from '../../domain/message/job-desk.ts'
import type { OrderBookDesk } from '../../domain/message/order-book.ts'
import type { StockDesk } from '../../domain/message/stock-desk.ts'
import type { Documents } from '../../platform/documents/documents.ts'
import type { Mailer } from '../../platform/mail/mailer.ts'
import type { CallParts } from '../../platform/outbound/calling.ts'
import type { Database } from '../../platform/postgres/database.ts'
import type { SentLetter } from '../letter-sender.ts'
import type { Outcome } from '../outcome.ts'
import type { JobFiles } from './files.ts'

export interface JobParts {
  clock: Clock
  random: Random
  /** For calls to merchants' servers. */
  outside: CallParts
  webhookSecretOf(storeId: string): Promise<string>
  mailer: Mailer
  mailFrom: string
  documents: Documents
  files: JobFiles
  database(): Database
  orderBook(storeId: string, book: number): Pick<OrderBookDesk, 'findOrder'>
  stockOf(storeId: string, sku: string): StockDesk
  jobsOf(storeId: string, shard: number): JobDesk
  /** Sends what an order book owes a buyer, by its outbox row. Throws when somebody it takes is away. */
  sendLetter(book: string, letter: string): Promise<SentLetter>
  /** Has the recorder write down what an order book knows. */
  recordBook(book: string): Promise<Outcome>
  warm: WarmShop
}

/** Asks the shop for addresses of its own, as a stranger would, and puts the copies where the world takes them from. */
export type WarmShop = (
  storeId: string,
  what: { paths: readonly string[] } | { drop: string },
) => Promise<{ answers: { path: string; status: number }[]; spread: number } | null>
