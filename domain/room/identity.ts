/**
 * Who is who at the door of a waiting room: when two e-mail addresses are one mailbox, and when two network addresses are
 * one household. Neither is proof; both make it dearer to come as a crowd.
 */

/** Mailboxes in which dots and what follows a plus mean nothing. */
const DOTLESS = new Set(['gmail.com', 'googlemail.com'])

/**
 * One spelling for all spellings of a mailbox: lower case, nothing after a plus, at Gmail no dots. Null: no address we
 * count. Letters beyond ASCII are refused rather than mapped, since a Cyrillic `а` looks like a Latin one and is another
 * mailbox; a domain of such letters is written in its `xn--` form. Before the @ stand the letters of a dot-atom only
 * (RFC 5322 section 3.2.3): commas, brackets and quotes would let one letter reach many spellings.
 */
export function mailboxOf(email: string): string | null {
  const text = email.normalize('NFKC').trim().toLowerCase()
  const [, name = '', domain = ''] = /^([a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@([a-z0-9.-]{1,255})$/.exec(text) ?? []
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) return null
  const bare = name.split('+', 1)[0]!
  const isGmail = DOTLESS.has(domain)
  const local = isGmail ? bare.replaceAll('.', '') : bare
  return local === '' || /^\.|\.\.|\.$/.test(local) ? null : `${local}@${isGmail ? 'gmail.com' : domain}`
}

/**
 * The network address that counts: an IPv4 address as it is, of an IPv6 one the /64, which is what a household is given.
 * Null for a loopback or private address, which nobody has who comes from the internet.
 */
export function networkOf(ip: string): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(mapped)) return isPrivate(mapped) ? null : mapped
  const groups = groupsOf(ip)
  if (!groups || /^(::1?|f[cd]|fe[89ab])/i.test(ip)) return null
  return `${groups.slice(0, 4).join(':')}::/64`
}

const isPrivate = (ip: string): boolean => /^(127|10|0)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(ip)

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(ip: string): string[] | undefined {
  if (!/^[0-9a-f:]{2,39}$/i.test(ip)) return undefined
  const [head = '', tail, more] = ip.toLowerCase().split('::')
  if (more !== undefined) return undefined
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16).toString(16))
    : undefined
}
