/** The router's small parts, without a database: breaker, budget, tokens, faults. */
import { describe, expect, it } from 'vitest'
import { Breaker, BREAKER } from './breaker.ts'
import { DatabaseFault, kindOf, pgError, type FaultKind } from './fault.ts'
import { FallbackBudget } from './fallback-budget.ts'
import { lsnFrom, lsnText, mergePositions, SessionTokens, TOKEN_LIFETIME_MS } from './session-token.ts'

const clockAt = (start: number) => {
  let now = start
  return { now: () => now, pass: (ms: number) => (now += ms) }
}

describe('the breaker of a replica', () => {
  const failing = (breaker: Breaker, times: number) => {
    for (let i = 0; i < times; i++) if (breaker.mayCall()) breaker.failed()
  }

  it('[DAT4] opens at a share of failures, not at a count', () => {
    const busy = new Breaker(clockAt(0))
    for (let i = 0; i < 100; i++) busy.succeeded()
    failing(busy, 20)
    expect(busy.mayCall()).toBe(true)
    const quiet = new Breaker(clockAt(0))
    failing(quiet, BREAKER.callsMin - 1)
    expect(quiet.mayCall()).toBe(true)
    failing(quiet, 1)
    expect(quiet.mayCall()).toBe(false)
  })

  it('[DAT4] lets exactly one call probe after its pause, and doubles the pause when that fails', () => {
    const clock = clockAt(0)
    const breaker = new Breaker(clock)
    failing(breaker, BREAKER.callsMin)
    clock.pass(BREAKER.openMs - 1)
    expect(breaker.mayCall()).toBe(false)
    clock.pass(1)
    expect([breaker.mayCall(), breaker.mayCall()]).toEqual([true, false])
    breaker.failed()
    clock.pass(BREAKER.openMs)
    expect(breaker.mayCall()).toBe(false)
    clock.pass(BREAKER.openMs)
    expect(breaker.mayCall()).toBe(true)
    breaker.succeeded()
    expect([breaker.mayCall(), breaker.mayCall()]).toEqual([true, true])
  })

  it('[DAT4] tries again when a probe never reported back', () => {
    const clock = clockAt(0)
    const breaker = new Breaker(clock)
    failing(breaker, BREAKER.callsMin)
    clock.pass(BREAKER.openMs)
    expect(breaker.mayCall()).toBe(true)
    clock.pass(BREAKER.openMs)
    expect(breaker.mayCall()).toBe(true)
  })
})

it('[DAT3] grants no more reads than its burst and its rate', () => {
  const clock = clockAt(0)
  const budget = new FallbackBudget(clock, { burst: 3, perSecond: 2 })
  const take = () => budget.take().ok
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false])
  expect(budget.take()).toEqual({ ok: false, retryAfterMs: 500 })
  clock.pass(500)
  expect([take(), take()]).toEqual([true, false])
  clock.pass(3_600_000)
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false])
})

describe('the token of a session', () => {
  const positions = new Map([['main', lsnFrom('16/B374D848')]])

  it('[DAT5] carries positions that compare as numbers', () => {
    expect(lsnFrom('0/9') < lsnFrom('0/10')).toBe(true)
    expect(lsnFrom('1/0') > lsnFrom('0/FFFFFFFF')).toBe(true)
    expect(lsnText(lsnFrom('16/B374D848'))).toBe('16/B374D848')
    const merged = mergePositions(
      new Map([
        ['a', 5n],
        ['b', 1n],
      ]),
      new Map([
        ['a', 3n],
        ['b', 9n],
        ['c', 0n],
      ]),
    )
    expect([...merged]).toEqual([
      ['a', 5n],
      ['b', 9n],
      ['c', 0n],
    ])
  })

  it('[DAT5] proves what was written until it is thirty seconds old', async () => {
    const clock = clockAt(1_800_000_000_000)
    const tokens = new SessionTokens('secret', 'e1', clock)
    const token = await tokens.sign(positions)
    expect(await tokens.read(token)).toEqual({ kind: 'wrote', positions, issuedAt: clock.now() })
    clock.pass(TOKEN_LIFETIME_MS - 1)
    expect((await tokens.read(token)).kind).toBe('wrote')
    clock.pass(1)
    expect((await tokens.read(token)).kind).toBe('fresh')
    expect((await tokens.read(null)).kind).toBe('fresh')
  })

  it('[DAT5] is distrusted when any letter of it changed, or another key or epoch made it', async () => {
    const clock = clockAt(1_800_000_000_000)
    const tokens = new SessionTokens('secret', 'e1', clock)
    const token = await tokens.sign(positions)
    for (let at = 0; at < token.length - 1; at++) {
      const bent = token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1)
      expect((await tokens.read(bent)).kind, bent).toBe('distrusted')
    }
    expect((await new SessionTokens('other', 'e1', clock).read(token)).kind).toBe('distrusted')
    expect((await new SessionTokens('secret', 'e2', clock).read(token)).kind).toBe('distrusted')
  })
})

describe('what went wrong', () => {
  it.each<[string, FaultKind]>([
    ['23505', 'duplicate'],
    ['23503', 'constraint'],
    ['ONR01', 'refused'],
    ['ONR22', 'behind'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['57P01', 'away'],
    ['57P02', 'away'],
    ['57P03', 'away'],
    ['53300', 'away'],
    ['08006', 'away'],
    ['57014', 'timeout'],
    ['25006', 'misrouted'],
    ['55000', 'misrouted'],
    ['42601', 'bug'],
    ['08P01', 'bug'],
    ['21000', 'bug'],
    ['22012', 'bug'],
    ['2D000', 'bug'],
    ['25001', 'bug'],
  ])('[DAT7] is told from its SQLSTATE: %s is %s', (code, kind) => {
    expect(kindOf(code)).toBe(kind)
  })

  const driver = (message: string, more: object = {}) => Object.assign(new Error(message), more)

  it('[DAT7] is found inside a wrapper, inside the text of an HTTP 500, and behind a rejected fetch', () => {
    const wrapped = driver('Failed query: …\nparams: ana@example.com', {
      query: 'insert …',
      cause: driver('duplicate key', {
        code: '23505',
        constraint: 'orders_pkey',
        detail: 'Key (email)=(ana@example.com)',
      }),
    })
    expect(pgError(wrapped).facts).toMatchObject({ kind: 'duplicate', constraint: 'orders_pkey', detail: null })
    const full = driver(
      'Server error (HTTP status 500): {"message":"too many clients","code":"53300","severity":"FATAL"}',
    )
    expect(pgError(full).facts).toMatchObject({ kind: 'away', code: '53300', outcome: 'nothing_written' })
    const page = driver('Server error (HTTP status 502): <html>bad gateway</html>')
    expect(pgError(page).facts).toMatchObject({ kind: 'away', code: null, outcome: 'unknown' })
    const cut = driver('Error connecting to database: fetch failed', { sourceError: new TypeError('fetch failed') })
    expect(pgError(cut).facts).toMatchObject({ kind: 'away', outcome: 'unknown' })
  })

  it('[DAT7] never repeats what was sent, and passes on a bug of our own as it is', () => {
    const secret = 'ana@example.com'
    const faults = [
      pgError(
        driver(`Failed query: … params: ${secret}`, {
          query: '',
          cause: driver(`bad value ${secret}`, { code: '22P02' }),
        }),
      ),
      pgError(driver(`Server error (HTTP status 500): {"message":"${secret}","code":"","detail":"${secret}"}`)),
      pgError(driver('duplicate', { code: '23505', detail: `(email)=(${secret})` })),
    ]
    for (const fault of faults) {
      expect(fault).toBeInstanceOf(DatabaseFault)
      expect(`${fault.stack} ${JSON.stringify(fault.facts)} ${String(fault.cause)}`).not.toContain(secret)
    }
    expect(() => pgError(new TypeError('x is not a function'))).toThrow('x is not a function')
  })
})
