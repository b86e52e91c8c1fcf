/** Writes the rules for Prometheus: `npm run docs:alerts`. Safe to repeat; a test says when it was forgotten. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prometheusRules } from '../domain/alert/prometheus.ts'

writeFileSync(join(import.meta.dirname, '../docs/operating/prometheus-rules.yml'), prometheusRules())
