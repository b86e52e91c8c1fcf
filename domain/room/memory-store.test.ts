import { MemoryDropStore, MemoryPlacesStore } from './memory-store.ts'
import { describeDropStore, describePlacesStore } from './store.contract.ts'

describeDropStore('in memory', (test) => test(new MemoryDropStore()))
describePlacesStore('in memory', (test) => test(new MemoryPlacesStore()))
