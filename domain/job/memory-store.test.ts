import { MemoryJobStore } from './memory-store.ts'
import { describeJobStore } from './store.contract.ts'

describeJobStore('in memory', (test) => test(new MemoryJobStore()))
