/**
 * What happens by itself and when: a binary heap of appointments. Appointments are never taken back; whoever keeps one
 * looks at the record first and lets it pass when the record says otherwise.
 */
export interface Appointment {
  dueAt: number
  kind: 'intent' | 'refund' | 'delivery'
  id: string
}

export class Agenda {
  readonly #heap: (Appointment & { order: number })[] = []
  #order = 0

  add(appointment: Appointment): void {
    const heap = this.#heap
    let at = heap.push({ ...appointment, order: this.#order++ }) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  nextDueAt(): number | null {
    return this.#heap[0]?.dueAt ?? null
  }

  /** The earliest appointment that is due at `now`, removed; equal times in the order they were made. */
  takeDue(now: number): Appointment | null {
    const first = this.#heap[0]
    if (first === undefined || first.dueAt > now) return null
    const last = this.#heap.pop()
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink()
    }
    return first
  }

  #sink(): void {
    let at = 0
    for (;;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child
      }
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #before(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]]
    if (a === undefined || b === undefined) return false
    return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order)
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]]
    if (a === undefined || b === undefined) return
    this.#heap[left] = b
    this.#heap[right] = a
  }
}
