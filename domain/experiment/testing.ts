/** An experiment and an asker for tests: everybody is in, half on each side. */
import type { Asker } from './asker.ts'
import type { Experiment, Variation } from './experiment.ts'

export const arm = (key: string, weight = 0.5, parameters: Variation['parameters'] = {}): Variation => ({
  ...{ key, name: key, weight, parameters },
})

export const anExperiment = (own: Partial<Experiment> = {}): Experiment => ({
  ...{ id: 'exp_1', key: 'button-words', name: 'Words on the button', hypothesis: '', surface: 'product' },
  variations: [arm('control'), arm('warm', 0.5, { button: 'Keep it for me' })],
  audience: {
    ...{ markets: null, countries: null, languages: null, devices: null },
    ...{ visitors: 'all', drop: null, coverage: 1 },
  },
  ...{ namespace: null, holdout: null, metric: 'conversion', guardrails: [] },
  ...{ state: 'running', startedAt: 1000, stoppedAt: null, stoppedBy: null, version: 2, createdAt: 0, updatedAt: 1000 },
  ...own,
})

export const anAsker = (own: Partial<Asker> = {}): Asker => ({
  ...{ visitorId: 'vis_1', bornAt: 500, market: 'eu', country: 'DE', language: 'de', device: 'phone' },
  ...{ isRobot: false, drop: null },
  ...own,
})
