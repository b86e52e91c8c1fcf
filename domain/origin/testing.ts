/** Origins, pools and rules with nothing special about them: for tests, which say what is. */
import { BREAKER, type CheckupSettings, type Origin, type Pool, type Rule } from './rule-file.ts'

export const anOrigin = (name: string, rest: Partial<Origin> = {}): Origin => ({
  name,
  url: `https://${name}.example`,
  weight: 1,
  isBackup: false,
  isDraining: false,
  countries: [],
  ...rest,
})

export const aPool = (origins: Origin[], rest: Partial<Pool> = {}): Pool => ({
  name: 'shop',
  origins,
  timeoutMs: 1000,
  isSticky: false,
  canary: null,
  breaker: BREAKER,
  checkup: null,
  ...rest,
})

export const aRule = (name: string, when: Partial<Rule['when']>, then: Rule['then'] = { kind: 'onrush' }): Rule => ({
  name,
  when: { methods: [], hosts: [], paths: [], headers: {}, ...when },
  then,
  limit: null,
})

export const CHECKUP: CheckupSettings = {
  path: '/health',
  everyMs: 5000,
  timeoutMs: 2000,
  statuses: [200],
  wellAfter: 2,
  illAfter: 3,
}
