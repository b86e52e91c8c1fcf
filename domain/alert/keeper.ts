/**
 * Keeps a store's alerts: judges a look, remembers it for the next, and hands out what has to be told. Look, decide, record
 * in one transaction; the letters themselves are written by whoever asked (workers/alerts.ts).
 */
import { decideAlerts, type Alert, type Notice } from './alert.ts'
import { FAILURE_RATE, findingsIn, sampleOf, type Look, type Sample } from './rules.ts'

/** A notice, to one of those who are to hear it. */
export interface Letter {
  notice: Notice
  /** A mail address, or where to post it. */
  receiver: string
}

export interface LetterKept extends Letter {
  /** Nobody else is handed it before then, ms. */
  handedUntil: number
}

export interface AlertStore {
  transaction<Result>(work: () => Result): Result
  alerts(): Alert[]
  /** In place of all there were. */
  putAlerts(alerts: readonly Alert[]): void
  /** When the last look that was judged was taken, ms; null: none was. */
  lookedAt(): number | null
  putLookedAt(at: number): void
  /** Oldest first. */
  samples(): Sample[]
  putSamples(samples: readonly Sample[]): void
  letters(): LetterKept[]
  putLetter(letter: LetterKept): void
  removeLetter(noticeId: string, receiver: string): void
}

/** Whoever was handed a letter has sent it by then, or died. */
const HANDED_FOR_MS = 120_000
/** After a day nobody wants to be woken by yesterday's news; the board shows what still is. */
const LETTER_GOOD_FOR_MS = 86_400_000
/** Several may look at the same time; more samples than one a minute say no more. */
const SAMPLES_APART_MS = 60_000
/** The clock of the sweep is not exact: nine and a half minutes are ten. */
const WINDOW_SLACK_MS = 30_000

export class AlertKeeper {
  readonly #store: AlertStore

  constructor(store: AlertStore) {
    this.#store = store
  }

  /**
   * Judges a look, and hands out all letters that nobody has sent yet: each to one caller at a time, who says `told` when it
   * is out. Safe to repeat: the same look changes nothing twice. A look that is older than the last one is not judged.
   */
  judge(look: Look, receivers: readonly string[]): Letter[] {
    return this.#store.transaction(() => {
      if (look.at >= (this.#store.lookedAt() ?? -Infinity)) this.#judge(look, receivers)
      return this.#handOut(look.at)
    })
  }

  #judge(look: Look, receivers: readonly string[]): void {
    const samples = this.#store.samples()
    this.#store.putLookedAt(look.at)
    const isWhole = look.silent === 0
    const findings = findingsIn(look, sampleToCompare(samples, look.at))
    const { alerts, notices } = decideAlerts(this.#store.alerts(), findings, look.at, isWhole)
    this.#store.putAlerts(alerts)
    for (const notice of notices) {
      for (const receiver of receivers) this.#store.putLetter({ notice, receiver, handedUntil: 0 })
    }
    // A sum that lacks a part would make the next look seem busier than it was.
    if (isWhole) this.#store.putSamples(withSample(samples, sampleOf(look)))
  }

  #handOut(now: number): Letter[] {
    const handed: Letter[] = []
    for (const { notice, receiver, handedUntil } of this.#store.letters()) {
      if (now - notice.at > LETTER_GOOD_FOR_MS) this.#store.removeLetter(notice.id, receiver)
      else if (handedUntil <= now) {
        this.#store.putLetter({ notice, receiver, handedUntil: now + HANDED_FOR_MS })
        handed.push({ notice, receiver })
      }
    }
    return handed
  }

  /** It is out. Safe to repeat. */
  told(noticeId: string, receiver: string): void {
    this.#store.transaction(() => this.#store.removeLetter(noticeId, receiver))
  }

  /** Those that have begun, the longest first. */
  standing(): Alert[] {
    const begun = this.#store.alerts().filter(({ beganAt }) => beganAt !== null)
    return begun.toSorted((a, b) => a.foundAt - b.foundAt)
  }
}

/** The newest that is a window old. */
const sampleToCompare = (samples: readonly Sample[], now: number): Sample | null =>
  samples.findLast(({ at }) => now - at >= FAILURE_RATE.windowMs - WINDOW_SLACK_MS) ?? null

/** With the new one, and without those that no later look will compare with. */
function withSample(samples: readonly Sample[], fresh: Sample): Sample[] {
  const last = samples.at(-1)
  if (last && fresh.at - last.at < SAMPLES_APART_MS) return [...samples]
  const base = sampleToCompare(samples, fresh.at)
  return [...samples.filter(({ at }) => base === null || at >= base.at), fresh]
}
