/** Looks again and again until `look` is content, at most `withinMs`; then fails with the last reason. */
export async function eventually<Seen>(look: () => Promise<Seen>, withinMs: number): Promise<Seen> {
  const giveUpAt = Date.now() + withinMs
  for (;;) {
    try {
      return await look()
    } catch (cause) {
      if (Date.now() > giveUpAt) throw cause
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
