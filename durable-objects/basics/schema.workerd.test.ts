import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { applySchema, hasSchema } from './schema.ts'
import { Sql } from './sql.ts'

afterEach(reset)

/** A fresh object's storage; what object it is does not matter here. */
const fresh = <Result>(test: (storage: DurableObjectStorage) => Result) =>
  runInDurableObject(env.STOCK.getByName('a fresh one'), (_object, state) => test(state.storage))

const first = {
  name: '0001_shelves',
  text: 'CREATE TABLE shelves (id TEXT PRIMARY KEY); INSERT INTO shelves VALUES (1)',
}
const second = { name: '0002_books', text: 'CREATE TABLE books (id TEXT PRIMARY KEY)' }

describe('the schema of an object', () => {
  it('[STK20] is applied once, however often the object wakes', () =>
    fresh((storage) => {
      expect(hasSchema(storage)).toBe(false)
      applySchema(storage, [first])
      applySchema(storage, [first, second])
      applySchema(storage, [first, second])
      expect(new Sql(storage).all('SELECT * FROM shelves')).toEqual([{ id: '1' }])
      expect(new Sql(storage).all('SELECT * FROM books')).toEqual([])
      expect(hasSchema(storage)).toBe(true)
    }))

  it('[STK20] leaves nothing behind of a file that fails, and keeps those before it', () =>
    fresh((storage) => {
      const broken = { name: '0002_books', text: 'CREATE TABLE books (id TEXT); INSERT INTO nowhere VALUES (1)' }
      expect(() => applySchema(storage, [first, broken])).toThrow('nowhere')
      applySchema(storage, [first, second])
      expect(new Sql(storage).all('SELECT * FROM shelves')).toHaveLength(1)
    }))

  it('[STK20] refuses files out of order or without a number', () =>
    fresh((storage) => {
      expect(() => applySchema(storage, [second, first])).toThrow('numbered')
      expect(() => applySchema(storage, [{ name: 'books', text: '' }])).toThrow('numbered')
      expect(hasSchema(storage)).toBe(false)
    }))
})

describe('statements', () => {
  it('[STK24] bind no more values and no longer rows than production takes', () =>
    fresh((storage) => {
      const sql = new Sql(storage)
      applySchema(storage, [second])
      const marks = (count: number) => Array.from({ length: count }, () => '?').join()
      const values = (count: number) => Array.from({ length: count }, () => 1)
      expect(sql.all(`SELECT 1 WHERE 1 IN (${marks(100)})`, ...values(100))).toHaveLength(1)
      expect(() => sql.all(`SELECT 1 WHERE 1 IN (${marks(101)})`, ...values(101))).toThrow('at most 100 values')
      expect(() => sql.run('INSERT INTO books VALUES (?)', 'x'.repeat(2_000_000))).toThrow('below 2 MB')
    }))

  it('[STK24] say how many rows they wrote, and give all of a transaction or none', () =>
    fresh((storage) => {
      const sql = new Sql(storage)
      applySchema(storage, [first])
      expect(sql.run("INSERT INTO shelves VALUES ('a')")).toBe(2) // the row and its hidden index
      const half = () =>
        sql.transaction(() => {
          sql.run("INSERT INTO shelves VALUES ('b')")
          throw new Error('half way')
        })
      expect(half).toThrow('half way')
      expect(sql.first('SELECT count(*) AS shelves FROM shelves')).toEqual({ shelves: 2 })
      expect(() => sql.first('SELECT * FROM shelves')).toThrow('one row at most')
    }))
})
