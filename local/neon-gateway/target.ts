/** One server behind the gateway: what is wrong with it at the moment, and what was counted. */
import { NO_FAULTS, type Outage, type TargetFaults } from './faults.ts'

export interface Counters {
  requests: number
  statements: number
  /** Answered with anything but 200, whosever fault it was. */
  errors: number
  /** The client went away before it was answered. */
  hung_up: number
  /** Done, and never told: `drop_after_commit`. */
  dropped: number
}

export class Target {
  readonly name: string
  readonly host: string
  readonly port: number
  faults: TargetFaults = { ...NO_FAULTS }
  counters: Counters = noneCounted()

  constructor(host: string, port: number) {
    this.name = host.split('.')[0] ?? host
    this.host = host
    this.port = port
  }

  /** What shall happen to the next request instead of an answer; the dice decide where a percentage was asked for. */
  nextFault(random: () => number): Outage {
    if (this.faults.outage !== 'none') return this.faults.outage
    return random() * 100 < this.faults.error_percent ? 'http_500' : 'none'
  }

  /** Whether this finished request is one whose outcome its client shall never learn. */
  takesDrop(): boolean {
    if (this.faults.drop_after_commit === 0) return false
    this.faults.drop_after_commit -= 1
    this.counters.dropped += 1
    return true
  }

  resetCounters(): void {
    this.counters = noneCounted()
  }
}

function noneCounted(): Counters {
  return { requests: 0, statements: 0, errors: 0, hung_up: 0, dropped: 0 }
}
