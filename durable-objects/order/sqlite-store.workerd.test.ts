import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describeOrderBookStore } from '../../domain/order/store.contract.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteOrderBookStore } from './sqlite-store.ts'

let books = 0

describeOrderBookStore('in SQLite', async (test) => {
  books += 1
  await runInDurableObject(env.ORDER_BOOK.getByName(`store_test/book-${books}`), (_object, state) => {
    test(new SqliteOrderBookStore(new Sql(state.storage)))
  })
})
