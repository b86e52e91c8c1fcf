/**
 * The folder a shop lives in: who has it now, its secrets, its places. Secrets are made once per folder, so that cookies
 * and order links from yesterday still open today; the file is for its owner's eyes only.
 *
 *     <folder>/secrets.json   postgres/   stripe/   worker/   mails/
 */
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { claimPlace } from '../postgres/place.ts'
import type { Random } from '../../domain/basics/random.ts'
import { newOperatorKey } from '../../domain/store/operator-key.ts'

export interface Secrets {
  signingKey: string
  stripeSecretKey: string
  stripeWebhookSecret: string
  operatorKey: string
}

export interface DataFolder {
  path: string
  postgresDir: string
  stripeDir: string
  workerDir: string
  mailDir: string
  secrets: Secrets
  release(): void
}

/** The folder cannot be used; the message says why and what to do. */
export class UnusableFolder extends Error {
  override readonly name = 'UnusableFolder'
}

/** Makes the folder if need be and claims it for this process. Throws UnusableFolder. */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  makeWritable(path)
  const claim = claimFor(path)
  const place = (name: string): string => {
    mkdirSync(join(path, name), { recursive: true })
    return join(path, name)
  }
  return {
    path,
    postgresDir: place('postgres'),
    stripeDir: place('stripe'),
    workerDir: place('worker'),
    mailDir: place('mails'),
    secrets: secretsOf(path),
    release: () => claim.release(),
  }
}

function makeWritable(path: string): void {
  if (existsSync(path) && !statSync(path).isDirectory()) {
    throw new UnusableFolder(`${path} is a file: hand in a folder with --data.`)
  }
  try {
    mkdirSync(path, { recursive: true })
    accessSync(path, constants.W_OK)
  } catch (cause) {
    throw new UnusableFolder(`${path} cannot be made or written to: hand in another folder with --data.`, { cause })
  }
}

function claimFor(path: string): { release(): void } {
  try {
    return claimPlace(path)
  } catch (cause) {
    throw new UnusableFolder(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function secretsOf(path: string): Secrets {
  const file = join(path, 'secrets.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const text = (bytes: number): string => randomBytes(bytes).toString('hex')
  const secrets: Secrets = {
    signingKey: text(32),
    stripeSecretKey: `sk_test_${text(16)}`,
    stripeWebhookSecret: `whsec_${text(16)}`,
    operatorKey: newOperatorKey('test', dice),
  }
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  return secrets
}

const dice: Random = { fraction: Math.random, bytes: (count) => randomBytes(count) }
