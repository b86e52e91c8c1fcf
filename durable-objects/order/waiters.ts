/** Those who wait for an order to change. In memory only: whoever loses its place simply asks again. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Resolves when the order changes, or after `waitMs`. */
  wait(orderId: string, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const woken = (): void => {
        clearTimeout(timer)
        this.#leave(orderId, woken)
        resolve()
      }
      const timer = setTimeout(woken, waitMs)
      const others = this.#waiting.get(orderId) ?? new Set()
      this.#waiting.set(orderId, others.add(woken))
    })
  }

  wake(orderId: string): void {
    for (const woken of this.#waiting.get(orderId) ?? []) woken()
  }

  #leave(orderId: string, woken: () => void): void {
    const others = this.#waiting.get(orderId)
    others?.delete(woken)
    if (others?.size === 0) this.#waiting.delete(orderId)
  }
}
