import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { signedHeaders, webhookSecretOf } from './signature.ts'

const KEY = 'a signing key of the tests, long enough'

describe('what we send to merchants', () => {
  it('[JHN4] is signed as the vector of Standard Webhooks says', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const headers = signedHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}')
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('[JHN4] is signed with a secret of its store, which the usual libraries take', async () => {
    const secret = await webhookSecretOf(KEY, 'store_a')
    expect(secret).not.toBe(await webhookSecretOf(KEY, 'store_b'))
    const body = '{"größe":"42 ½","empty":""}'
    const headers = signedHeaders(secret, 'job_1', Date.now(), body)
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow()
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature')
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64')
    expect(bytes).toHaveLength(32)
    const said = `job_1.${headers['webhook-timestamp']}.${body}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', bytes).update(said).digest('base64')}`)
  })
})
