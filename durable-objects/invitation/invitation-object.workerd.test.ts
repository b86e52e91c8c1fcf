import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { invitationNameFor, invitationShard } from '../../domain/invitation/code.ts'
import { describeInvitationStore } from '../../domain/invitation/store.contract.ts'
import type { InvitationBatch } from '../../domain/message/invitation-desk.ts'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SCHEMA, type InvitationObject } from './invitation-object.ts'
import { SqliteInvitationStore } from './sqlite-store.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.INVITATIONS as unknown as DurableObjectNamespace<InvitationObject>

let drops = 0
describeInvitationStore('in SQLite', async (test) => {
  await runInDurableObject(objects.getByName(`store_test/drp_sql${++drops}/codes-0`), (_object, { storage }) => {
    applySchema(storage, SCHEMA)
    test(new SqliteInvitationStore(new Sql(storage)))
  })
})

describe('the object of invitations', () => {
  const digest = 'd1'
  const newDrop = () => {
    const dropId = `drp_${++drops}`
    const desk = () => objects.getByName(invitationNameFor('store_test', dropId, invitationShard(digest)))
    const batch: InvitationBatch = {
      ...{ storeId: 'store_test', dropId, id: 'inv_1', version: 1, opensAt: 0, endsAt: null, usesMax: 1 },
      codes: [{ digest, isRevoked: false }],
    }
    return { desk, batch }
  }

  it('[INV2] gives one code to one of a thousand visitors who ask at once', async () => {
    const { desk, batch } = newDrop()
    await desk().describe(batch)
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        desk().redeem({ digest, visitorId: `vis_${i}`, address: `10.0.${i >> 8}.${i & 255}` }),
      ),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal.code]))
    expect(new Set(refusals)).toEqual(new Set(['invitation_used_up']))
    expect(await desk().uses('inv_1')).toBe(1)
  })

  it('[INV2] knows after an eviction whose code it is', async () => {
    const { desk, batch } = newDrop()
    await desk().describe(batch)
    const ana = { digest, visitorId: 'ana', address: 'here' }
    expect((await desk().redeem(ana)).ok).toBe(true)
    await evictDurableObject(desk())
    expect(await desk().standing(digest, 'ana')).toMatchObject({ batchId: 'inv_1' })
    expect((await desk().redeem({ ...ana, visitorId: 'bob' })).ok).toBe(false)
  })

  it('[INV5] keeps nothing on disk for a drop without codes, and takes none that another judges', async () => {
    const { desk, batch } = newDrop()
    expect(await desk().redeem({ digest, visitorId: 'ana', address: 'here' })).toMatchObject({
      refusal: { code: 'invitation_not_valid' },
    })
    expect(await runInDurableObject(desk(), (_object, { storage }) => hasSchema(storage))).toBe(false)
    const strays = Array.from({ length: 20 }, (_, i) => ({ digest: `e${i}`, isRevoked: false }))
    await expect(runInDurableObject(desk(), (object) => object.describe({ ...batch, codes: strays }))).rejects.toThrow(
      'does not judge',
    )
  })
})
