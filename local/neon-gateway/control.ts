/**
 * `GET /control` tells the faults in force and the counters; `POST /control` changes faults and answers the same. The
 * table of keys is in README.md. Changes that come together are made one after the other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clusterFaults, driveCluster, HEALTHY, NO_FAULTS, parseFaultChange } from './faults.ts'
import type { DrivenCluster, FaultChange } from './faults.ts'
import { readBody } from './read-body.ts'
import type { Target } from './target.ts'

const MAX_BYTES = 64 * 1024

/** Answers 200 with the state, 400 for a change it does not understand, 409 for one that the servers did not make. */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  targets: Target[],
  cluster: DrivenCluster | undefined,
): Promise<void> {
  if (request.method === 'GET') return send(response, 200, stateOf(targets, cluster))
  if (request.method !== 'POST') return send(response, 405, { message: 'GET or POST' })
  // Not fussiness: a form or a plain text of some web page could otherwise take the database down.
  if (!request.headers['content-type']?.startsWith('application/json')) {
    return send(response, 415, { message: 'send application/json' })
  }
  const change = parseFaultChange(
    jsonOf(await readBody(request, MAX_BYTES)),
    targets.map(({ name }) => name),
  )
  if (!change.ok) return send(response, 400, { message: change.refusal })
  if (!cluster && Object.keys(change.value.cluster).length > 0) {
    return send(response, 400, { message: 'this gateway was given no cluster to drive' })
  }
  try {
    await applyInTurn(change.value, targets, cluster)
    send(response, 200, stateOf(targets, cluster))
  } catch (cause) {
    send(response, 409, { message: cause instanceof Error ? cause.message : String(cause) })
  }
}

let before: Promise<void> = Promise.resolve()

function applyInTurn(change: FaultChange, targets: Target[], cluster: DrivenCluster | undefined): Promise<void> {
  const turn = before.then(() => apply(change, targets, cluster))
  before = turn.catch(() => undefined) // the next one must not inherit a fault that was already answered
  return turn
}

async function apply(change: FaultChange, targets: Target[], cluster: DrivenCluster | undefined): Promise<void> {
  for (const target of targets) {
    const start = change.reset ? NO_FAULTS : target.faults
    target.faults = { ...start, ...change.targets[target.name] }
    if (change.reset_counters) target.resetCounters()
  }
  if (cluster) await driveCluster(cluster, { ...(change.reset && HEALTHY), ...change.cluster })
}

function stateOf(targets: Target[], cluster: DrivenCluster | undefined): unknown {
  return {
    targets: Object.fromEntries(
      targets.map(({ name, host, port, faults, counters }) => [name, { host, port, ...faults, counters }]),
    ),
    ...(cluster && { cluster: clusterFaults(cluster) }),
  }
}

function jsonOf(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body) + '\n')
}
