import { describe, expect, it } from 'vitest'
import { judgeCanary, shown } from './canary.ts'
import { isReserved, mistakesIn } from './check.ts'
import type { ChoiceFor } from './choice.ts'
import { chooseOrigin } from './choice.ts'
import { filledIn, globOf, isGlob } from './glob.ts'
import type { Health } from './health.ts'
import { afterAnswer, mayAsk, probeLeft, WELL } from './health.ts'
import { earned, mayRepeat, NO_TRIES_YET, spent } from './retries.ts'
import { routeBy } from './routing.ts'
import type { Pool, Rule, RuleFile } from './rule-file.ts'
import { BREAKER, ruleFileOfOne } from './rule-file.ts'
import { NONE } from './tally.ts'
import { anOrigin, aPool, aRule, CHECKUP } from './testing.ts'

const toShop: Rule['then'] = { kind: 'origin', pool: 'shop', cache: 'transparent', rewrite: null, experiment: null }

describe('rules', () => {
  const ask = (file: RuleFile, path: string, rest: { method?: string; host?: string; header?: string } = {}) =>
    routeBy(file)({
      method: rest.method ?? 'GET',
      host: rest.host ?? 'shop.example',
      path,
      header: () => rest.header ?? null,
    })

  it('[ORG8] takes the first rule that fits, from the top', () => {
    const file = {
      pools: [aPool([anOrigin('a')])],
      rules: [aRule('drops', { paths: ['/drops/**'] }), aRule('rest', {}, toShop)],
    }
    expect(ask(file, '/drops/spring')?.rule.name).toBe('drops')
    expect(ask(file, '/about')).toMatchObject({ rule: { name: 'rest' }, pool: { name: 'shop' }, target: '/about' })
    expect(ask({ ...file, rules: [] }, '/about')).toBeNull()
  })

  it.each([
    [{ methods: ['POST'] }, { method: 'GET' }, false],
    [{ methods: ['POST'] }, { method: 'POST' }, true],
    [{ hosts: ['*.example'] }, { host: 'shop.example' }, true],
    [{ hosts: ['other.example'] }, { host: 'shop.example' }, false],
    [{ headers: { 'x-beta': 'y*' } }, { header: 'yes' }, true],
    [{ headers: { 'x-beta': '*' } }, {}, false],
  ])('[ORG8] asks for all conditions of a rule: %j against %j', (when, asked, fits) => {
    expect(ask({ pools: [], rules: [aRule('one', when)] }, '/', asked) !== null).toBe(fits)
  })

  it('[ORG9] fills a rewrite and a redirect with what the wild cards stood for', () => {
    const moved: Rule['then'] = { kind: 'redirect', to: '/shop/$2?from=$1', status: 301 }
    expect(ask({ pools: [], rules: [aRule('moved', { paths: ['/old/*/**'] }, moved)] }, '/old/a/b/c')?.target).toBe(
      '/shop/b/c?from=a',
    )
    expect(filledIn('$1$9', ['x'])).toBe('x')
  })

  it('[ORG9] leads to no other host by what a visitor put into the path', () => {
    const moved: Rule['then'] = { kind: 'redirect', to: '/$1', status: 301 }
    const file = { pools: [], rules: [aRule('moved', { paths: ['/old/**'] }, moved)] }
    expect(ask(file, '/old//evil.example')?.target).toBe('/evil.example')
    const open = aRule('open', { paths: ['/**'] }, { kind: 'redirect', to: 'https://$1', status: 301 })
    const at = aRule('at', { paths: ['/a'] }, { ...toShop, rewrite: { path: '@evil.example', answers: false } })
    const pools = [aPool([anOrigin('a')])]
    expect(mistakesIn({ pools, rules: [at, open] }, () => true).map(({ pointer }) => pointer)).toEqual([
      '/rules/0/then/rewrite_path',
      '/rules/1/then/to',
    ])
  })

  it.each([
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/b/c', false],
    ['/a/**', '/a/b/c', true],
    ['/a.b', '/aXb', false],
    ['/a/(b)+', '/a/bb', false],
  ])('[ORG8] matches %s with %s: %s', (glob, path, fits) => {
    expect(globOf(glob)(path) !== null).toBe(fits)
  })

  it('[ORG10] finds what is wrong before anybody meets it', () => {
    const file: RuleFile = {
      pools: [
        aPool([anOrigin('a', { url: 'ftp://x', weight: 0 })], { canary: { origin: 'z', percent: 5 } }),
        aPool([anOrigin('a')], { checkup: { ...CHECKUP, path: 'health', everyMs: 1000 } }),
      ],
      rules: [
        aRule('all', {}, { ...toShop, pool: 'nowhere' }),
        aRule('all', { paths: ['/***', '/x'] }, { kind: 'redirect', to: '/$1', status: 302 }),
      ],
    }
    expect(mistakesIn(file, (url) => url.startsWith('http')).map(({ pointer }) => pointer)).toEqual([
      '/pools/1/name',
      '/rules/1/name',
      '/pools/0/origins',
      '/pools/0/origins/0/url',
      '/pools/0/canary/origin',
      '/pools/1/health_check/path',
      '/pools/1/health_check/timeout_ms',
      '/rules/0/then/pool',
      '/rules/1/when/paths/0',
      '/rules/1/then',
      '/rules/1',
    ])
    expect(isGlob('/a/**/*')).toBe(false)
  })

  it('[ORG10] keeps the way to the desk and the API free of rules', () => {
    expect(['/console', '/console/x', '/api/v1/products', '/health/ready', '/metrics'].every(isReserved)).toBe(true)
    expect(['/', '/consoles', '/api', '/drops/x'].some(isReserved)).toBe(false)
  })

  it('[ORG4] makes a rule file of one address: all but our own, everything, or what is named', () => {
    const target = (takes: string, path: string) => ask(ruleFileOfOne('https://x', takes), path)?.action.kind ?? null
    expect([target('', '/'), target('', '/drops/x'), target('', '/api/v1/x')]).toEqual(['origin', 'onrush', 'onrush'])
    expect(target('everything', '/drops/x')).toBe('origin')
    expect([target('/blog/**, /about', '/about'), target('/blog/**, /about', '/')]).toEqual(['origin', null])
    expect(mistakesIn(ruleFileOfOne('https://x', ''), () => true)).toEqual([])
  })
})

describe('health', () => {
  const after = (answers: boolean[], health: Health = WELL, now = 0): Health =>
    answers.reduce((so, good) => afterAnswer(so, good, now, BREAKER), health)
  const bad = [false, false, false, false, false]

  it('[ORG11] gives up on an origin after five bad answers in a row, and not after four', () => {
    expect(mayAsk(after(bad.slice(1)), 0)).toBe('ask')
    expect(mayAsk(after([...bad.slice(1), true, ...bad.slice(1)]), 0)).toBe('ask')
    expect(mayAsk(after(bad), 0)).toBe('leave')
  })

  it('[ORG11] tries it with one request at a time when its rest is over', () => {
    const open = after(bad)
    expect([mayAsk(open, 1999), mayAsk(open, 2000)]).toEqual(['leave', 'probe'])
    const probing = probeLeft(open, 2000)
    expect([mayAsk(probing, 2001), mayAsk(probing, 32_000)]).toEqual(['leave', 'probe'])
  })

  it('[ORG11] asks it again after two good tries, and lets it rest twice as long after a bad one', () => {
    const open = after(bad)
    const once = afterAnswer(open, true, 2000, BREAKER)
    expect(mayAsk(once, 2000)).toBe('probe')
    expect(afterAnswer(once, true, 2001, BREAKER)).toEqual(WELL)
    expect(afterAnswer(open, false, 2000, BREAKER).openUntil).toBe(6000)
  })

  it('[ORG11] counts one outage once, however many answers were on their way, and rests five minutes at most', () => {
    let health = after([...bad, ...bad, ...bad])
    expect(health.openUntil).toBe(2000)
    for (let n = 0; n < 20; n++) health = afterAnswer(health, false, health.openUntil ?? 0, BREAKER)
    const before = health.openUntil ?? 0
    expect((afterAnswer(health, false, before, BREAKER).openUntil ?? 0) - before).toBe(300_000)
  })
})

describe('the choice', () => {
  const choose = (pool: Pool, rest: Partial<ChoiceFor> = {}): string | null =>
    chooseOrigin(pool, {
      visitorShare: 0.5,
      country: null,
      tried: new Set(),
      isCanaryWithdrawn: false,
      mayAsk: () => 'ask',
      ...rest,
    })?.origin.name ?? null
  const shares = (pool: Pool, rest: Partial<ChoiceFor> = {}): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (let n = 0; n < 1000; n++) {
      const name = choose(pool, { visitorShare: (n + 0.5) / 1000, ...rest }) ?? 'nobody'
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }
  const unwell = (...names: string[]): Partial<ChoiceFor> => ({
    mayAsk: ({ name }) => (names.includes(name) ? 'leave' : 'ask'),
  })

  it('[ORG12] shares visitors by weight among those that are well', () => {
    const pool = aPool([anOrigin('a', { weight: 3 }), anOrigin('b'), anOrigin('c', { weight: 0 })])
    expect(shares(pool)).toEqual({ a: 750, b: 250 })
    expect(shares(pool, unwell('a'))).toEqual({ b: 1000 })
    expect(shares(pool, unwell('a', 'b'))).toEqual({ nobody: 1000 })
  })

  it('[ORG12] asks a backup only while no other is well, and a draining one last', () => {
    const pool = aPool([anOrigin('a'), anOrigin('b', { isBackup: true }), anOrigin('c', { isDraining: true })])
    expect(choose(pool)).toBe('a')
    expect(choose(pool, unwell('a'))).toBe('b')
    expect(choose(pool, unwell('a', 'b'))).toBe('c')
  })

  it('[ORG12] prefers those for the visitor’s country', () => {
    const pool = aPool([anOrigin('de', { countries: ['DE'] }), anOrigin('all')])
    expect([choose(pool, { country: 'DE' }), choose(pool, { country: 'FR' }), choose(pool)]).toEqual([
      'de',
      'all',
      'all',
    ])
    expect(choose(pool, { country: 'DE', ...unwell('de') })).toBe('all')
    expect(choose(pool, { country: 'FR', ...unwell('all') })).toBe('de')
  })

  it('[ORG12] asks nobody twice for one request', () => {
    const pool = aPool([anOrigin('a'), anOrigin('b')])
    expect(choose(pool, { tried: new Set(['a']) })).toBe('b')
    expect(choose(pool, { tried: new Set(['a', 'b']) })).toBeNull()
  })

  it('[ORG11] sends the one try first, or nobody would ever recover', () => {
    const pool = aPool([anOrigin('a'), anOrigin('b', { isBackup: true })])
    const asked: ChoiceFor = {
      visitorShare: 0,
      country: null,
      tried: new Set(),
      isCanaryWithdrawn: false,
      mayAsk: ({ name }) => (name === 'b' ? 'probe' : 'ask'),
    }
    expect(chooseOrigin(pool, asked)).toMatchObject({ origin: { name: 'b' }, isProbe: true })
  })

  it('[ORG13] gives a canary its share, the same visitors always, until it is withdrawn', () => {
    const pool = aPool([anOrigin('a'), anOrigin('b'), anOrigin('new', { weight: 0 })], {
      canary: { origin: 'new', percent: 10 },
    })
    expect(shares(pool)).toEqual({ new: 100, a: 450, b: 450 })
    expect(choose(pool, { visitorShare: 0.0999 })).toBe('new')
    expect(shares(pool, { isCanaryWithdrawn: true })['new']).toBeUndefined()
    expect(shares(pool, unwell('new'))['new']).toBeUndefined()
  })
})

describe('second tries', () => {
  it('[ORG14] are a tenth of all requests at most, and ten', () => {
    let budget = NO_TRIES_YET
    let sent = 0
    for (let request = 0; request < 10_000; request++) {
      budget = earned(budget)
      sent += 1
      const after = spent(budget)
      if (after) [budget, sent] = [after, sent + 1]
    }
    expect(sent).toBeLessThanOrEqual(11_010)
    expect(sent).toBeGreaterThan(10_900)
  })

  it('[ORG14] are for what may arrive twice, and has no body', () => {
    expect(['GET', 'HEAD', 'PUT', 'DELETE'].every((method) => mayRepeat(method, false))).toBe(true)
    expect([mayRepeat('POST', false), mayRepeat('PATCH', false), mayRepeat('PUT', true)]).toEqual([false, false, false])
  })
})

describe('a canary’s showing', () => {
  const showing = (answers: number, bad: number, ms: number) => {
    let so = NONE
    for (let n = 0; n < answers; n++) so = shown(so, { answers: 1, bad: Number(n < bad), tookMs: ms })
    return so
  }

  it.each([
    ['does as well', showing(100, 1, 50), showing(400, 4, 50), 'goes on'],
    ['fails often', showing(100, 20, 50), showing(400, 4, 50), 'withdrawn: errors'],
    ['fails as often as everybody', showing(100, 20, 50), showing(400, 80, 50), 'goes on'],
    ['is slow', showing(100, 0, 500), showing(400, 0, 100), 'withdrawn: slow'],
    ['is slower, and not twice', showing(100, 0, 600), showing(400, 0, 400), 'goes on'],
    ['is a little slower', showing(100, 0, 150), showing(400, 0, 100), 'goes on'],
    ['has shown too little', showing(29, 29, 5000), showing(400, 0, 50), 'goes on'],
    ['is all there is, and fails', showing(40, 30, 50), NONE, 'withdrawn: errors'],
  ])('[ORG13] is judged against the others: one that %s', (_, canary, others, verdict) => {
    expect(judgeCanary(canary, others)).toBe(verdict)
  })

  it('[ORG13] forgets what is long past', () => {
    expect(shown({ answers: 500, bad: 500, tookMs: 0 }, { ...NONE, answers: 1 })).toEqual({
      answers: 251,
      bad: 250,
      tookMs: 0,
    })
  })
})
