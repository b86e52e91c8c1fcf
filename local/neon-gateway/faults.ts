/**
 * What can be made to go wrong, and the control route that does it: JSON in, JSON out, the same words both ways. A
 * change is checked as a whole before any of it happens.
 *
 * Weakness: whoever can reach the port can use it. It listens on the loopback only, and a change needs a JSON content
 * type, which a web page in the developer's browser cannot send across origins.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { isRecord } from './sql-request.ts'

/** The servers behind the gateway, as far as a fault drives them. local/postgres has one. */
export interface DrivenCluster {
  readonly primary: { readonly isUp: boolean }
  readonly standby: { readonly isUp: boolean }
  readonly applyDelayMs: number
  readonly replayPaused: boolean
  setApplyDelay(ms: number): Promise<void>
  pauseReplay(): Promise<void>
  resumeReplay(): Promise<void>
  killPrimary(): Promise<void>
  startPrimary(): Promise<void>
  killStandby(): Promise<void>
  startStandby(): Promise<void>
}

export type Outage = (typeof OUTAGES)[number]
export const OUTAGES = ['none', 'reset', 'http_500', 'hang'] as const

export interface TargetFaults {
  latency_ms: number
  outage: Outage
  error_percent: number
  drop_after_commit: number
}

export interface ClusterFaults {
  apply_delay_ms: number
  replay_paused: boolean
  standby: 'up' | 'down'
  primary: 'up' | 'down'
}

export interface FaultChange {
  reset: boolean
  reset_counters: boolean
  targets: Record<string, Partial<TargetFaults>>
  cluster: Partial<ClusterFaults>
}

export const NO_FAULTS: Readonly<TargetFaults> = {
  latency_ms: 0,
  outage: 'none',
  error_percent: 0,
  drop_after_commit: 0,
}
export const HEALTHY: Readonly<ClusterFaults> = {
  apply_delay_ms: 0,
  replay_paused: false,
  standby: 'up',
  primary: 'up',
}

/** Reads a change, or refuses with a sentence that names the first thing it does not understand. */
export function parseFaultChange(body: unknown, names: readonly string[]): Decision<FaultChange, string> {
  if (!isRecord(body)) return refuse('send a JSON object')
  const { reset = false, reset_counters = false, targets: wanted = {}, cluster = {}, ...rest } = body
  if (typeof reset !== 'boolean' || typeof reset_counters !== 'boolean') return refuse('reset is true or false')
  if (!isRecord(wanted) || !isRecord(cluster)) return refuse('targets and cluster are objects')
  const stranger = Object.keys(rest)[0] ?? Object.keys(wanted).find((name) => !names.includes(name))
  if (stranger !== undefined) return refuse(`"${stranger}" is neither a known key nor a target (${names.join(', ')})`)
  const targets: FaultChange['targets'] = {}
  for (const [name, faults] of Object.entries(wanted)) {
    if (!areTargetFaults(faults)) return refuse(`${name}: ${troubleWith(faults, TARGET_CHECKS)}`)
    targets[name] = faults
  }
  if (!areClusterFaults(cluster)) return refuse(`cluster: ${troubleWith(cluster, CLUSTER_CHECKS)}`)
  return accept({ reset, reset_counters, targets, cluster })
}

/** Drives the cluster from how it is to how it shall be. Servers come up before they are told anything else. */
export async function driveCluster(cluster: DrivenCluster, wanted: Partial<ClusterFaults>): Promise<void> {
  if (wanted.replay_paused === true && !cluster.standby.isUp && wanted.standby !== 'up') {
    throw new Error('the standby is down: its replay cannot be paused')
  }
  if (wanted.primary === 'up') await cluster.startPrimary()
  if (wanted.standby === 'up') await cluster.startStandby()
  if (wanted.replay_paused === false && cluster.standby.isUp) await cluster.resumeReplay()
  if (wanted.apply_delay_ms !== undefined) await cluster.setApplyDelay(wanted.apply_delay_ms)
  if (wanted.replay_paused === true) await cluster.pauseReplay()
  if (wanted.primary === 'down') await cluster.killPrimary()
  if (wanted.standby === 'down') await cluster.killStandby()
}

export function clusterFaults(cluster: DrivenCluster): ClusterFaults {
  return {
    apply_delay_ms: cluster.applyDelayMs,
    replay_paused: cluster.replayPaused,
    standby: cluster.standby.isUp ? 'up' : 'down',
    primary: cluster.primary.isUp ? 'up' : 'down',
  }
}

interface Check {
  holds: (value: unknown) => boolean
  says: string
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const among = (words: readonly unknown[]): Check => ({
  holds: (value) => words.includes(value),
  says: words.join(' | '),
})
const COUNT: Check = { holds: isCount, says: 'an integer from 0' }

const TARGET_CHECKS: Record<keyof TargetFaults, Check> = {
  latency_ms: COUNT,
  outage: among(OUTAGES),
  error_percent: { holds: (value) => typeof value === 'number' && value >= 0 && value <= 100, says: '0 to 100' },
  drop_after_commit: COUNT,
}
const CLUSTER_CHECKS: Record<keyof ClusterFaults, Check> = {
  apply_delay_ms: COUNT,
  replay_paused: among([true, false]),
  standby: among(['up', 'down']),
  primary: among(['up', 'down']),
}

function areTargetFaults(faults: unknown): faults is Partial<TargetFaults> {
  return troubleWith(faults, TARGET_CHECKS) === undefined
}

function areClusterFaults(faults: unknown): faults is Partial<ClusterFaults> {
  return troubleWith(faults, CLUSTER_CHECKS) === undefined
}

function troubleWith(faults: unknown, checks: Record<string, Check>): string | undefined {
  if (!isRecord(faults)) return 'faults are an object'
  for (const [key, value] of Object.entries(faults)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined
    if (!check) return `"${key}" is not one of ${Object.keys(checks).join(', ')}`
    if (!check.holds(value)) return `"${key}" must be ${check.says}`
  }
  return undefined
}
