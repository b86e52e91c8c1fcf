// Lets the waiting room's page be told how its drop stands, where there are streams of events: then it need not ask. What
// is told is the whole each time, so nothing is lost with an event, or with the stream.

/** Hands on what is told. Answers whether anything new would have been told by now: while it is so, nobody need ask. */
export function listen(address, hear) {
  let stream
  let until = 0
  const open = () => {
    stream = new EventSource(address)
    stream.addEventListener('now', ({ data }) => {
      const now = JSON.parse(data)
      // Somewhat longer than the server's signs of life are apart: they come more often where it may be over soon.
      until = performance.now() + (now.poll_after_ms < 1000 ? 2_500 : 9_000)
      hear(now)
    })
    // By itself it comes back when a stream ends. Where it was refused there is much to do, or there are none.
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(openAgain, 60_000 + Math.random() * 120_000)
    })
  }
  const openAgain = () => stream.readyState === EventSource.CLOSED && open()
  if (address && 'EventSource' in globalThis) {
    open()
    // What a network that is gone would still say comes late, or never: another one gets a stream of its own.
    addEventListener('offline', () => stream.close())
    addEventListener('online', openAgain)
  }
  return () => stream !== undefined && stream.readyState === EventSource.OPEN && performance.now() < until
}

/** What is told to whoever asks; null: nothing was heard. */
export async function ask(address) {
  // Kept for a second on the way already; a browser's own copy would add another.
  const answer = await fetch(address, { cache: 'no-store' }).catch(() => null)
  return answer?.ok ? answer.json().catch(() => null) : null
}
