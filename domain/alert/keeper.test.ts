import { MemoryAlertStore } from './memory-store.ts'
import { describeAlertStore } from './store.contract.ts'

describeAlertStore('in memory', async (test) => test(new MemoryAlertStore()))
