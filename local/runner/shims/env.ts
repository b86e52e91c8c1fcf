/**
 * What the generated configuration binds to the shims' Worker. The shims stand in for the services that bare workerd
 * does not bring; each speaks the wire form that workerd expects of it, so the product's Worker runs unchanged.
 */
import type { ObjectsDoor } from './abortable.ts'
import type { BucketStore } from './r2.ts'
import type { CronClock } from './cron.ts'
import type { NamespaceStore } from './kv.ts'
import type { QueueBroker } from './queue.ts'

/** How one queue is read: the `[[queues.consumers]]` entry of wrangler.toml with the platform's defaults filled in. */
export interface ConsumerSettings {
  maxBatchSize: number
  maxBatchTimeoutMs: number
  maxRetries: number
  maxConcurrency: number
  retryDelayMs: number
  deadLetterQueue: string | null
}

/** A message as workerd's queue event takes it; bodies of content type v8 travel serialised. */
export interface DeliveredMessage {
  id: string
  timestamp: Date
  attempts: number
  body?: unknown
  serializedBody?: ArrayBuffer
}

/** What workerd reports back from a queue event. */
export interface DeliveryResult {
  outcome: string
  ackAll: boolean
  retryBatch: { retry: boolean; delaySeconds?: number }
  explicitAcks: string[]
  retryMessages: { msgId: string; delaySeconds?: number }[]
}

/** The product's Worker, by the events that only the platform may send. */
export interface MainWorker {
  queue(name: string, messages: DeliveredMessage[]): Promise<DeliveryResult>
  scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }>
}

export interface ShimEnv {
  KV_STORES: DurableObjectNamespace<NamespaceStore>
  BROKERS: DurableObjectNamespace<QueueBroker>
  BUCKETS: DurableObjectNamespace<BucketStore>
  CLOCK: DurableObjectNamespace<CronClock>
  MAIN: MainWorker
  OBJECTS: Service<ObjectsDoor>
  CONSUMERS: Record<string, ConsumerSettings>
  CRONS: string[]
  MAIL_DISK: Fetcher
  PUBLIC_DISK: Fetcher
}
