/** Proof of a mailbox over HTTP: a letter, the code in it, and a place for whoever shows it first. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Letter } from '../../platform/mail/mailer.ts'
import { app } from '../app.ts'
import { openShop, type TestShop } from '../testing/shop.ts'

const FUTURE = '2099-01-01T00:00:00Z'
const ROOM = { inside_max: 40, admissions_per_minute: 6000, one_lot_per_email: true }

let shop: TestShop
let slug: string
let letters: Letter[]
let mailIsAway: boolean
beforeAll(async () => {
  shop = await openShop()
})
beforeEach(async () => {
  letters = []
  mailIsAway = false
  slug = await plans()
})

async function plans(room: object = ROOM): Promise<string> {
  const name = crypto.randomUUID()
  expect((await shop.operator.offers(name, 5)).status).toBe(201)
  const drop = { title: 'Friday <Night>', slug: name, opens_at: FUTURE, skus: [name], room }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
  return name
}

const MAIL = {
  send: async (letter: Letter) => {
    if (mailIsAway) throw new Error('away')
    letters.push(letter)
  },
}

interface Asking {
  cookie?: string | undefined
  ip?: string
  language?: string
  bindings?: Partial<Env>
}

/** Through the front door, with a mail of our own behind it. */
async function posts(path: string, body: object, { cookie, ip, language, bindings }: Asking = {}) {
  const ctx = createExecutionContext()
  const request = new Request(`${shop.origin}/api/v1/drops/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(cookie && { cookie }),
      ...(ip && { 'cf-connecting-ip': ip }),
      ...(language && { 'accept-language': language }),
    },
    body: JSON.stringify(body),
  })
  const response = await app.fetch(request, { ...env, MAIL, ...bindings }, ctx)
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  const own = response.headers.getSetCookie().find((each) => each.startsWith('onrush_visitor='))
  return { status: response.status, headers: response.headers, body: JSON.parse(text), cookie: own?.split(';', 1)[0] }
}
const asks = (email: string, asking?: Asking) => posts(`${slug}/places/proofs`, { email }, asking)
const joins = (body: object, asking?: Asking) => posts(`${slug}/places`, body, asking)
const proofIn = ({ text }: Letter): string => /^v1\.\S+$/m.exec(text)![0]
const limited = (name: string): Partial<Env> => ({
  RATE_LIMITS: JSON.stringify({ classes: { [name]: { per_minute: 1, burst: 2 } } }),
})

describe('a room that asks for a mailbox', () => {
  it('[ROM17] gives it one place, in whichever spelling it is asked for and however many show its letter', async () => {
    for (const email of ['Ana.Lima@gmail.com', 'analima+one@googlemail.com'])
      expect((await asks(email)).status).toBe(202)
    expect(letters.map(({ to }) => to)).toEqual(['analima@gmail.com', 'analima@gmail.com'])
    const [first, second] = letters.map(proofIn)
    expect(first!.split('.')[2]).toBe(second!.split('.')[2])
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) => joins({ email_proof: i % 2 === 0 ? first : second })),
    )
    expect(answers.filter(({ status }) => status === 201).length).toBe(1)
    expect(answers.filter(({ body }) => body.code === 'email_has_a_place_already').length).toBe(23)
  })

  it('[ROM23] lets nobody new in who has not read a letter to it, and says what to do', async () => {
    const other = await plans()
    await asks('ana@example.com')
    await posts(`${other}/places/proofs`, { email: 'ana@example.com' })
    const [friday, sunday] = letters.map(proofIn)
    expect(await joins({ email: 'ana@example.com' })).toMatchObject({ status: 409, body: { code: 'email_required' } })
    expect((await joins({})).body.code).toBe('email_required')
    for (const email_proof of [sunday, 'v1.nothing', friday!.slice(0, -1)]) {
      expect(await joins({ email_proof })).toMatchObject({ status: 403, body: { code: 'email_proof_not_valid' } })
    }
    const joined = await joins({ email_proof: friday })
    expect(joined.status).toBe(201)
    const again = { cookie: joined.cookie }
    expect((await joins({}, again)).status).toBe(200) // who has a place keeps it,
    expect((await joins({ email_proof: sunday }, again)).body.id).toBe(joined.body.id) // whatever is shown later
  })

  it('[ROM23] writes to it in the language of whoever asks, with a link and the code', async () => {
    await asks('ben@example.com', { language: 'de-AT' })
    const [letter] = letters
    expect(letter).toMatchObject({
      subject: 'Ihr Weg in den Warteraum: Friday <Night>',
      from: { email: env.MAIL_FROM },
    })
    expect(letter!.text).toContain(`/drops/${slug}/waiting?proof=${proofIn(letter!)}`)
    expect(letter!.html).toContain('Friday &lt;Night&gt;')
  })

  it('[ROM23] sends nothing to what is no plain address, nor for a room that asks for none', async () => {
    const open = await plans({ inside_max: 40, admissions_per_minute: 6000 })
    const { status, body } = await posts(`${open}/places/proofs`, { email: 'ana@example.com' })
    expect([status, body.code]).toEqual([409, 'email_not_asked'])
    for (const email of ['bеn@example.com', '+x@gmail.com', 'ben']) expect((await asks(email)).status).toBe(400) // a Cyrillic е
    expect((await posts('none/places/proofs', { email: 'ana@example.com' })).status).toBe(404)
    expect(letters).toEqual([])
  })

  it('[ROM15] asks the bot challenge for the letter and for the place, each time for another answer', async () => {
    slug = await plans({ ...ROOM, challenge: true })
    const solved = async () => {
      const body = JSON.stringify({ token: 'good' })
      const answer = await fetch(`${env.CHALLENGE_API_BASE}/control`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body },
      })
      return (await answer.json<{ token: string }>()).token
    }
    const email = 'ana@example.com'
    const [one, other] = [await solved(), await solved()]
    const first = await asks(email)
    expect([first.status, first.body.code]).toEqual([403, 'challenge_required'])
    const { cookie } = first
    const asked = await posts(`${slug}/places/proofs`, { email, challenge: one }, { cookie })
    expect([asked.status, letters.length]).toEqual([202, 1])
    const email_proof = proofIn(letters[0]!)
    const spent = await joins({ email_proof, challenge: one }, { cookie })
    expect([spent.status, spent.body.code]).toEqual([403, 'challenge_failed'])
    expect((await joins({ email_proof, challenge: other }, { cookie })).status).toBe(201)
  })

  it('[ROM25] answers alike for every mailbox, and writes three an hour to one', async () => {
    await asks('ana@example.com')
    expect((await joins({ email_proof: proofIn(letters[0]!) })).status).toBe(201)
    const told = []
    for (const email of ['new@example.com', ...Array.from({ length: 4 }, () => 'ana@example.com')]) {
      const { status, body } = await asks(email)
      told.push([status, body])
    }
    expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify([202, { drop: slug, proof_duration_ms: 7_200_000 }])]),
    )
    expect(letters.filter(({ to }) => to === 'ana@example.com').length).toBe(3)
  })

  it('[ROM25] writes a few for one visitor, and some for one network', async () => {
    const first = await asks('a0@example.com', { bindings: limited('letters') })
    const own = { cookie: first.cookie, bindings: limited('letters') }
    const said = [
      await asks('a1@example.com', own),
      await asks('a2@example.com', own),
      await asks('a3@example.com', own),
    ]
    expect(said.map(({ status }) => status)).toEqual([202, 202, 429])
    expect(said[2]!.body['violated-policies']).toEqual(['letters'])
    const near = (host: number) => ({ ip: `2001:db8:9:9::${host}`, bindings: limited('network-letters') })
    const many = [
      await asks('b1@example.com', near(1)),
      await asks('b2@example.com', near(2)),
      await asks('b3@example.com', near(3)),
    ]
    expect(many.map(({ status }) => status)).toEqual([202, 202, 429])
    expect(many[2]!.body['violated-policies']).toEqual(['network-letters'])
    expect(letters.length).toBe(5)
  })

  it('[ROM25] says so when the mail is away, does not count what was not sent, and writes nothing uncounted', async () => {
    mailIsAway = true
    for (let i = 0; i < 5; i += 1) {
      const { status, headers, body } = await asks('ana@example.com')
      expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'letter_not_sent', '5'])
    }
    mailIsAway = false
    await asks('ana@example.com')
    expect(letters.length).toBe(1)
    const away = { getByName: () => ({ permits: () => Promise.reject(new Error('away')) }) }
    const bindings = { LIMITS: away as unknown as Env['LIMITS'] }
    const unjudged = await asks('ana@example.com', { bindings })
    expect([unjudged.status, unjudged.body.code, letters.length]).toEqual([503, 'temporarily_unavailable', 1])
  })
})
