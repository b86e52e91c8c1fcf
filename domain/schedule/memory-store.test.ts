import { MemoryScheduleStore } from './memory-store.ts'
import { describeScheduleStore } from './store.contract.ts'

describeScheduleStore('in memory', (test) => test(new MemoryScheduleStore()))
