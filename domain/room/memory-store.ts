/** Real stores, in Maps: for tests and the simulation. */
import { UndoLog } from '../basics/undo-log.ts'
import type { NumberRange } from '../message/drop-desk.ts'
import type { Call, Latecomer, Pass } from './admission.ts'
import type { PlaceRow, PlacesState, PlacesStore } from './places.ts'
import type { Hungry } from './show-up.ts'
import type { DropRecord, DropStore, RoomState } from './store.ts'

/** A Map that can take back what a failed transaction did. Values are copied in and out, as rows are. */
class Rows<Key, Value> {
  readonly #rows = new Map<Key, Value>()
  readonly #log: UndoLog

  constructor(log: UndoLog) {
    this.#log = log
  }

  get(key: Key): Value | undefined {
    return this.#rows.get(key)
  }

  set(key: Key, value: Value): void {
    const old = this.#rows.get(key)
    this.#log.note(() => (old === undefined ? this.#rows.delete(key) : this.#rows.set(key, old)))
    this.#rows.set(key, value)
  }

  delete(key: Key): void {
    const old = this.#rows.get(key)
    if (old === undefined) return
    this.#log.note(() => this.#rows.set(key, old))
    this.#rows.delete(key)
  }

  keys(): Key[] {
    return [...this.#rows.keys()]
  }

  values(): Value[] {
    return [...this.#rows.values()]
  }
}

/** The last row at or before a number, in a list that is sorted by it and only grows. */
function lastBefore<Row>(rows: readonly Row[], key: (row: Row) => number, at: number): Row | undefined {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (key(rows[middle]!) <= at) low = middle + 1
    else high = middle
  }
  return rows[low - 1]
}

/** By hand, for it is read several times a turn. */
const copyOf = ({ counts, ...rest }: RoomState): RoomState => ({
  ...rest,
  counts: { ...counts, callPace: { ...counts.callPace }, passPace: { ...counts.passPace } },
})

export class MemoryDropStore implements DropStore {
  readonly #log: UndoLog
  readonly #drop: Rows<'drop', DropRecord>
  readonly #room: Rows<'room', RoomState>
  readonly #lots: Rows<number, Uint8Array>
  readonly #positions: Rows<number, Uint8Array>
  readonly #pages: Rows<number, Uint8Array>
  readonly #ranges: Rows<number, readonly NumberRange[]>
  readonly #calls: Rows<number, Call>
  readonly #openCalls: Rows<number, true>
  #callList: Call['from'][] = []
  readonly #latecomers: Rows<number, Latecomer>
  readonly #passes: Rows<number, Pass>
  readonly #inside: Rows<number, true>
  readonly #ids: Rows<string, number>
  /** The end of the first pass inside, as long as no pass has changed since it was looked for. */
  #nextEnd: number | undefined

  constructor(log = new UndoLog()) {
    this.#log = log
    this.#drop = new Rows(log)
    this.#room = new Rows(log)
    this.#lots = new Rows(log)
    this.#positions = new Rows(log)
    this.#pages = new Rows(log)
    this.#ranges = new Rows(log)
    this.#calls = new Rows(log)
    this.#openCalls = new Rows(log)
    this.#latecomers = new Rows(log)
    this.#passes = new Rows(log)
    this.#inside = new Rows(log)
    this.#ids = new Rows(log)
  }

  transaction<Result>(work: () => Result): Result {
    return this.#log.transaction(work)
  }

  drop(): DropRecord | undefined {
    const record = this.#drop.get('drop')
    return record && { ...record }
  }

  saveDrop(record: DropRecord): void {
    this.#drop.set('drop', JSON.parse(JSON.stringify(record)) as DropRecord)
  }

  room(): RoomState | undefined {
    const state = this.#room.get('room')
    return state && copyOf(state)
  }

  saveRoom(state: RoomState): void {
    this.#room.set('room', copyOf(state))
  }

  lots(shard: number): Uint8Array | undefined {
    return this.#lots.get(shard)
  }

  saveLots(shard: number, lots: Uint8Array): void {
    this.#lots.set(shard, lots)
  }

  shardsWithLots(): number[] {
    return this.#lots.keys()
  }

  positions(shard: number): Uint8Array | undefined {
    return this.#positions.get(shard)
  }

  savePositions(shard: number, positions: Uint8Array): void {
    this.#positions.set(shard, positions)
  }

  page(number: number): Uint8Array | undefined {
    return this.#pages.get(number)
  }

  savePage(number: number, lots: Uint8Array): void {
    this.#pages.set(number, lots)
  }

  ranges(shard: number, after: number): NumberRange[] {
    return (this.#ranges.get(shard) ?? []).filter(({ from, count }) => from + count - 1 > after)
  }

  lastRange(shard: number): NumberRange | undefined {
    return this.#ranges.get(shard)?.at(-1)
  }

  insertRange(shard: number, range: NumberRange): void {
    this.#ranges.set(shard, [...(this.#ranges.get(shard) ?? []), range])
  }

  insertCall(call: Call): void {
    this.#callList = [...this.#callList.filter((from) => from < call.from), call.from]
    this.updateCall(call)
  }

  updateCall(call: Call): void {
    this.#calls.set(call.from, call)
    if (call.lapsed) this.#openCalls.delete(call.from)
    else this.#openCalls.set(call.from, true)
  }

  callBefore(position: number): Call | undefined {
    const from = lastBefore(this.#callList, (one) => one, position)
    return from === undefined ? undefined : this.#calls.get(from)
  }

  openCalls(): Call[] {
    return this.#openCalls
      .keys()
      .sort((a, b) => a - b)
      .map((from) => this.#calls.get(from)!)
  }

  latecomer(position: number): Latecomer | undefined {
    return this.#latecomers.get(position)
  }

  saveLatecomer(latecomer: Latecomer): void {
    this.#latecomers.set(latecomer.position, latecomer)
  }

  removeLatecomer(position: number): void {
    this.#latecomers.delete(position)
  }

  latecomers(): Latecomer[] {
    return this.#latecomers.values().sort((a, b) => a.askedAt - b.askedAt || a.position - b.position)
  }

  pass(position: number): Pass | undefined {
    return this.#passes.get(position)
  }

  passById(passId: string): Pass | undefined {
    const position = this.#ids.get(passId)
    return position === undefined ? undefined : this.#passes.get(position)
  }

  insertPass(pass: Pass): void {
    this.#ids.set(pass.passId, pass.position)
    this.updatePass(pass)
  }

  updatePass(pass: Pass): void {
    this.#passes.set(pass.position, pass)
    if (pass.inside) this.#inside.set(pass.position, true)
    else this.#inside.delete(pass.position)
    this.#log.note(() => (this.#nextEnd = undefined))
    this.#nextEnd = undefined
  }

  endPassesBy(now: number): number {
    const ended = this.#livingPasses().filter(({ until }) => until <= now)
    for (const pass of ended) this.updatePass({ ...pass, inside: false })
    return ended.length
  }

  extendPasses(byMs: number): void {
    for (const pass of this.#livingPasses()) if (!pass.used) this.updatePass({ ...pass, until: pass.until + byMs })
  }

  nextPassEnd(): number | null {
    this.#nextEnd ??= this.#livingPasses().reduce((next, { until }) => Math.min(next, until), Infinity)
    return this.#nextEnd === Infinity ? null : this.#nextEnd
  }

  hungryPasses(since: number): Hungry {
    const hungry = this.#livingPasses().filter(({ used, refused, issuedAt }) => !used && !refused && issuedAt > since)
    return { people: hungry.length, leftMs: hungry.reduce((sum, { issuedAt }) => sum + issuedAt - since, 0) }
  }

  recount(): { called: number; inside: number; admitted: number } {
    const expected = this.openCalls().reduce((sum, { open }) => sum + open, 0)
    const late = this.latecomers().filter(({ calledAt }) => calledAt !== null).length
    return { called: expected + late, inside: this.#inside.keys().length, admitted: this.#passes.keys().length }
  }

  #livingPasses(): Pass[] {
    return this.#inside.keys().map((position) => this.#passes.get(position)!)
  }
}

export class MemoryPlacesStore implements PlacesStore {
  readonly #log: UndoLog
  readonly #state: Rows<'state', PlacesState>
  readonly #places: Rows<string, PlaceRow>
  readonly #drawn: Rows<'drawn', Uint8Array>
  readonly #ranges: Rows<number, NumberRange>
  readonly #addresses: Rows<string, number>
  readonly #emails: Rows<string, string>

  constructor(log = new UndoLog()) {
    this.#log = log
    this.#state = new Rows(log)
    this.#places = new Rows(log)
    this.#drawn = new Rows(log)
    this.#ranges = new Rows(log)
    this.#addresses = new Rows(log)
    this.#emails = new Rows(log)
  }

  transaction<Result>(work: () => Result): Result {
    return this.#log.transaction(work)
  }

  state(): PlacesState {
    return this.#state.get('state') ?? NOBODY_YET
  }

  saveState(state: PlacesState): void {
    this.#state.set('state', state)
  }

  place(visitorId: string): PlaceRow | undefined {
    return this.#places.get(visitorId)
  }

  savePlace(place: PlaceRow): void {
    this.#places.set(place.visitorId, place)
  }

  removePlace(visitorId: string): void {
    this.#places.delete(visitorId)
  }

  inDraw(): PlaceRow[] {
    return this.#places
      .values()
      .filter(({ kind }) => kind === 'draw')
      .sort((a, b) => a.seq - b.seq)
  }

  drawn(): Uint8Array | undefined {
    return this.#drawn.get('drawn')
  }

  saveDrawn(positions: Uint8Array): void {
    this.#drawn.set('drawn', positions)
  }

  insertRange(range: NumberRange): void {
    this.#ranges.set(range.from, range)
  }

  rangeBefore(seq: number): NumberRange | undefined {
    const ranges = this.#ranges.values().sort((a, b) => a.from - b.from)
    return lastBefore(ranges, ({ from }) => from, seq)
  }

  placesFrom(address: string): number {
    return this.#addresses.get(address) ?? 0
  }

  countPlaceFrom(address: string): void {
    this.#addresses.set(address, this.placesFrom(address) + 1)
  }

  ownerOfEmail(digest: string): string | undefined {
    return this.#emails.get(digest)
  }

  keepEmail(digest: string, placeId: string): void {
    this.#emails.set(digest, placeId)
  }
}

export const NOBODY_YET: PlacesState = { openedAt: null, draw: 0, line: 0, numbered: 0, lastJoinedAt: 0 }
