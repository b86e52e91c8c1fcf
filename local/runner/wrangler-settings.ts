/** The part of wrangler.toml that the runner understands, in wrangler's own normalised names. */
export interface WranglerSettings {
  name: string
  compatibility_date: string
  compatibility_flags: string[]
  vars: Record<string, unknown>
  secrets?: { required?: string[] }
  assets?: { directory?: string; binding?: string; run_worker_first?: boolean | string[] }
  durable_objects: { bindings: { name: string; class_name: string }[] }
  exports: Record<string, { type: string; storage?: string }>
  kv_namespaces: { binding: string; id?: string }[]
  r2_buckets: { binding: string; bucket_name?: string }[]
  send_email: { name: string }[]
  queues: {
    producers?: { binding: string; queue: string; delivery_delay?: number }[]
    consumers?: {
      queue: string
      max_batch_size?: number
      max_batch_timeout?: number
      max_retries?: number
      max_concurrency?: number
      retry_delay?: number
      dead_letter_queue?: string
    }[]
  }
  triggers: { crons?: string[] }
}

/** Bindings that have no stand-in on bare workerd. The runner says so instead of leaving a hole in `env`. */
export const WITHOUT_STAND_IN = [
  'd1_databases',
  'hyperdrive',
  'services',
  'analytics_engine_datasets',
  'ratelimits',
  'vectorize',
  'dispatch_namespaces',
  'mtls_certificates',
  'secrets_store_secrets',
  'workflows',
] as const
