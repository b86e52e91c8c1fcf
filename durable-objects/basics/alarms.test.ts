import { describe, expect, it } from 'vitest'
import { Alarms, type DueTask } from './alarms.ts'

/** The one alarm of an object: what it is set to, and how often somebody paid for setting it. */
class OneAlarm {
  at: number | null = null
  written = 0

  getAlarm(): Promise<number | null> {
    return Promise.resolve(this.at)
  }

  setAlarm(at: number | Date): Promise<void> {
    this.at = Number(at)
    this.written += 1
    return Promise.resolve()
  }
}

/** Something to do at each of these instants; keeps a list of when it was done. */
class Chores implements DueTask {
  readonly done: number[] = []
  due: number[]
  fault: Error | undefined

  constructor(...due: number[]) {
    this.due = due
  }

  nextDueAt(): number | null {
    return this.due.length > 0 ? Math.min(...this.due) : null
  }

  run(now: number): void {
    if (this.fault) throw this.fault
    this.done.push(...this.due.filter((at) => at <= now))
    this.due = this.due.filter((at) => at > now)
  }
}

function wakeUp(...tasks: Chores[]) {
  const clock = { at: 0, now: () => clock.at }
  const alarm = new OneAlarm()
  const alarms = new Alarms(alarm, clock, tasks)
  /** What the platform does: clears the alarm, then rings. */
  const ring = (retryCount = 0) => {
    clock.at = Math.max(clock.at, alarm.at ?? 0)
    alarm.at = null
    return alarms.ring({ retryCount })
  }
  return { alarms, alarm, clock, ring }
}

describe('many due times over one alarm', () => {
  it('[STK21] is set to the earliest, and rings for each in turn', async () => {
    const [holds, reports] = [new Chores(30, 50), new Chores(40)]
    const { alarms, alarm, ring } = wakeUp(holds, reports)
    alarms.arm()
    const rang: (number | null)[] = []
    while (alarm.at !== null) {
      rang.push(alarm.at)
      await ring()
    }
    expect(rang).toEqual([30, 40, 50])
    expect([holds.done, reports.done]).toEqual([[30, 50], [40]])
  })

  it('[STK21] is written again only for something sooner', () => {
    const chores = new Chores(50)
    const { alarms, alarm } = wakeUp(chores)
    for (const due of [50, 50, 70, 40, 60]) {
      chores.due = [due]
      alarms.arm()
    }
    expect([alarm.at, alarm.written]).toEqual([40, 2])
  })

  it('[STK21] is left alone when nothing is due any more, rings in vain, and then rests', async () => {
    const chores = new Chores(50)
    const { alarms, alarm, ring } = wakeUp(chores)
    alarms.arm()
    chores.due = []
    alarms.arm()
    await ring()
    expect([alarm.at, alarm.written, chores.done]).toEqual([null, 1, []])
  })

  it('[STK21] is not written by an instance that wakes and finds it set', async () => {
    const { alarms, alarm } = wakeUp(new Chores(50))
    alarm.at = 50
    await alarms.wake()
    alarms.arm()
    expect(alarm.written).toBe(0)
  })

  it.each([
    ['was never set', null],
    ['is set too late', 99],
  ])('[STK7] comes back at a touch when it %s', async (_what, at) => {
    const { alarms, alarm } = wakeUp(new Chores(50))
    alarm.at = at
    await alarms.wake()
    alarms.arm()
    expect(alarm.at).toBe(50)
  })

  it('[STK7] comes back at a touch when it should have rung a minute ago', () => {
    const { alarms, alarm, clock } = wakeUp(new Chores(50))
    alarms.arm()
    clock.at = 60_050
    alarms.arm()
    expect(alarm.at).toBe(50)
    clock.at = 60_051
    alarms.arm()
    expect(alarm.at).toBe(60_051)
  })

  it('[STK22] lets a sound task run beside a broken one, and throws for the platform to try again', async () => {
    const [broken, sound] = [new Chores(10), new Chores(10)]
    broken.fault = new Error('broken')
    const { alarms, ring, alarm } = wakeUp(broken, sound)
    alarms.arm()
    await expect(ring(4)).rejects.toThrow('broken')
    expect(sound.done).toEqual([10])
    sound.due = [20]
    alarms.arm()
    expect(alarm.at).toBe(10 + 5_000)
  })

  it('[STK22] sets a fresh alarm when the platform is about to give up', async () => {
    const broken = new Chores(10)
    broken.fault = new Error('broken')
    const { alarms, alarm, ring } = wakeUp(broken)
    alarms.arm()
    await ring(5)
    expect(alarm.at).toBe(10 + 5_000)
    broken.fault = undefined
    await ring(0)
    expect([broken.done, alarm.at]).toEqual([[10], null])
  })
})
