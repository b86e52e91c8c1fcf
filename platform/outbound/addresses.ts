/**
 * Which addresses a merchant may have us call. What they write is fetched from inside our walls, so an address that means
 * something else there (a metadata service, a neighbour, this machine) must not be one we call.
 *
 * Names only: every spelling of an IP address, public ones too, is refused, since no certificate is to be had for most of
 * them and nothing is lost. The URL parser does the reading: decimal, octal, hexadecimal and short forms of IPv4 all come
 * out of it dotted, and IPv6 in brackets. A name may still resolve to a private address. On Cloudflare nothing private
 * is reachable; on one's own machine `npm run serve` gives these calls a network that has public addresses only
 * (docs/decisions/018). Redirects are never followed (calling.ts).
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'

export interface AddressTerms {
  /** On a laptop: http, any port and this machine are fine. */
  isAtHome: boolean
  /** Hosts of our own, which would call us from behind our own front door. */
  ownHosts: readonly string[]
}

const PORTS = new Set(['', '443', '8443'])
/** Names that mean something only inside a network (RFC 6761, 6762, 8375, 9476, and what clouds call their metadata). */
const INSIDE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa|alt|onion|test|invalid)$/

/** The address, parsed; or what is wrong with it, as a sentence for its writer. */
export function callableUrl(text: string, { isAtHome, ownHosts }: AddressTerms): Decision<URL, string> {
  if (!URL.canParse(text)) return refuse('is not an absolute URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(isAtHome && url.protocol === 'http:')) return refuse('must begin with https://')
  if (url.username !== '' || url.password !== '') return refuse('must not carry a user name or a password')
  if (isAtHome) return accept(url)
  if (!PORTS.has(url.port)) return refuse('must use port 443 or 8443')
  const host = url.hostname.replace(/\.+$/, '')
  if (isIpAddress(host)) return refuse('must name its host; IP addresses are not called')
  if (!host.includes('.') || INSIDE.test(host)) return refuse('must name a host of the public internet')
  if (ownHosts.includes(host)) return refuse('must not be an address of this shop')
  return accept(url)
}

/** As the URL parser leaves them: IPv6 in brackets, every IPv4 dotted. */
const isIpAddress = (host: string): boolean => host.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
