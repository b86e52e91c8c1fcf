/** The script that listens for the waiting page, with a stream as small as it needs, and a clock that is moved by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asset } from './assets.ts'

const CLOSED = 2
type Hear = (event: { data: string }) => void

class Stream {
  static readonly OPEN = 1
  static readonly CLOSED = CLOSED
  static all: Stream[] = []
  readyState = Stream.OPEN
  readonly address: string
  readonly #heard = new Map<string, Hear>()

  constructor(address: string) {
    this.address = address
    Stream.all.push(this)
  }

  addEventListener(kind: string, hear: Hear): void {
    this.#heard.set(kind, hear)
  }

  close(): void {
    this.readyState = CLOSED
  }

  says(kind: string, told: unknown = {}): void {
    this.#heard.get(kind)!({ data: JSON.stringify(told) })
  }
}

describe('the waiting page', () => {
  let listen: (address: string | undefined, hear: (now: unknown) => void) => () => boolean
  const told: unknown[] = []
  const network = new Map<string, () => void>()
  const opened = (): Stream => Stream.all.at(-1)!

  beforeEach(async () => {
    vi.useFakeTimers()
    vi.stubGlobal('EventSource', Stream)
    vi.stubGlobal('addEventListener', (kind: string, happens: () => void) => network.set(kind, happens))
    Stream.all = []
    told.length = 0
    ;({ listen } = await import(new URL(`../../public${asset('waiting-told.js')}`, import.meta.url).href))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('[WTP12] need not ask while it is told, and asks as soon as the signs of life stay away', () => {
    const isTold = listen('/now/events', (now) => told.push(now))
    expect([opened().address, isTold()]).toEqual(['/now/events', false]) // nothing heard yet
    opened().says('now', { poll_after_ms: 1000 })
    expect([told, isTold()]).toEqual([[{ poll_after_ms: 1000 }], true])
    vi.advanceTimersByTime(8_999)
    expect(isTold()).toBe(true)
    vi.advanceTimersByTime(1)
    expect(isTold()).toBe(false)
    opened().says('now', { poll_after_ms: 300 }) // near the end: sooner
    vi.advanceTimersByTime(2_500)
    expect(isTold()).toBe(false)
  })

  it('[WTP12] asks while a stream is opened again, and for a while where it was refused', () => {
    const isTold = listen('/now/events', () => {})
    opened().says('now', { poll_after_ms: 1000 })
    opened().readyState = 0
    opened().says('error')
    expect([isTold(), Stream.all.length]).toEqual([false, 1]) // the browser opens it again
    opened().readyState = CLOSED
    opened().says('error')
    vi.advanceTimersByTime(59_999)
    expect(Stream.all).toHaveLength(1)
    vi.advanceTimersByTime(120_001)
    expect(Stream.all).toHaveLength(2)
  })

  it('[WTP12] asks when the network is gone, and is told again by the next one', () => {
    const isTold = listen('/now/events', () => {})
    opened().says('now', { poll_after_ms: 1000 })
    network.get('offline')!()
    expect([isTold(), opened().readyState]).toEqual([false, CLOSED])
    network.get('online')!()
    expect([Stream.all.length, opened().readyState]).toEqual([2, Stream.OPEN])
    network.get('online')!()
    expect(Stream.all).toHaveLength(2)
  })

  it('[WTP12] asks where there are no streams, and in a browser that knows none', () => {
    expect(listen(undefined, () => {})()).toBe(false)
    expect(Stream.all).toHaveLength(0)
    Reflect.deleteProperty(globalThis, 'EventSource')
    expect(listen('/now/events', () => {})()).toBe(false)
  })
})
