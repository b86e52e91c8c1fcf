import { env } from 'cloudflare:workers'
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { describeAlertStore } from '../../domain/alert/store.contract.ts'
import { look } from '../../domain/alert/testing.ts'
import { tellOf } from './index.ts'
import { alertsOf } from '../../platform/desks.ts'
import { SqliteAlertStore } from '../../durable-objects/alert/sqlite-store.ts'

const fresh = () => env.ALERTS.getByName(`${crypto.randomUUID()}/alerts`)

describeAlertStore('in SQLite', async (test) => {
  await runInDurableObject(fresh(), (_object, { storage }) => test(new SqliteAlertStore(storage)))
})

describe('the object that keeps alerts', () => {
  it('[ALR7] remembers through an eviction what was told and what was not', async () => {
    const storeId = crypto.randomUUID()
    const letters = () => alertsOf(env, storeId).judge(look({ at: 200_000, dead: 1 }), ['ana@shop.example'])
    expect(await alertsOf(env, storeId).judge(look({ at: 0, dead: 1 }), ['ana@shop.example'])).toHaveLength(1)
    await evictDurableObject(env.ALERTS.getByName(`${storeId}/alerts`))
    const [again, ...others] = await letters()
    expect([again?.notice.id, others]).toEqual(['dead_letters//began/0', []])
    await alertsOf(env, storeId).told(again!.notice.id, again!.receiver)
    await evictDurableObject(env.ALERTS.getByName(`${storeId}/alerts`))
    expect(await letters()).toEqual([])
    expect(await alertsOf(env, storeId).standing()).toMatchObject([{ rule: 'dead_letters', beganAt: 0 }])
  })

  it('[ALR7] is told what went out, and hands the rest to the next who looks', async () => {
    const store = { id: crypto.randomUUID(), name: 'Test' }
    const sent: unknown[] = []
    let isAway = true
    const send = async (letter: { to: string; subject: string }): Promise<void> => {
      if (isAway) throw new Error('away')
      sent.push([letter.to, letter.subject])
    }
    const bindings = { ...env, ALERTS_TO: 'ana@shop.example', MAIL: { send } as unknown as SendEmail }
    const first = tellOf(bindings, store, look({ at: 0, dead: 1 }))
    await expect(first).rejects.toThrow('1 alerts could not be sent')
    isAway = false
    for (const at of [120_000, 240_000]) await tellOf(bindings, store, look({ at, dead: 1 }))
    expect(sent).toEqual([['ana@shop.example', 'Test: One job was given up on.']])
  })
})
