import { MemoryStockStore } from './memory-store.ts'
import { describeStockStore } from './store.contract.ts'

describeStockStore('in memory', (test) => test(new MemoryStockStore()))
