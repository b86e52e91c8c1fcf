/** The one place that decides what becomes of a queue message. */
export async function queue(batch: MessageBatch, _env: Env): Promise<void> {
  batch.ackAll()
}
