import { MemoryInvitationStore } from './memory-store.ts'
import { describeInvitationStore } from './store.contract.ts'

describeInvitationStore('in memory', (test) => test(new MemoryInvitationStore()))
