import { describeOrderBookStore } from './store.contract.ts'
import { MemoryOrderBookStore } from './memory-store.ts'

describeOrderBookStore('in memory', (test) => test(new MemoryOrderBookStore()))
