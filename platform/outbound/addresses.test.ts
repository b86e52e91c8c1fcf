import { describe, expect, it } from 'vitest'
import { callableUrl, type AddressTerms } from './addresses.ts'

const ABROAD: AddressTerms = { isAtHome: false, ownHosts: ['shop.example'] }
const isCalled = (url: string, terms = ABROAD): boolean => callableUrl(url, terms).ok

describe('addresses that a merchant may have us call', () => {
  it.each(['https://hooks.merchant.example/in?x=1#y', 'https://merchant.example:8443/', 'https://bücher.example/'])(
    '[JHN5] calls %s',
    (url) => expect(isCalled(url)).toBe(true),
  )

  it.each([
    ['loopback', 'https://127.0.0.1/'],
    ['short', 'https://127.1/'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['hexadecimal', 'https://0x7f000001/'],
    ['mixed', 'https://0x7f.1/'],
    ['percent-encoded', 'https://%31%32%37.0.0.1/'],
    ['full-width digits', 'https://１２７.０.０.１/'],
    ['full-width stop', 'https://127。0。0。1/'],
    ['with a stop at its end', 'https://127.0.0.1./'],
    ['nowhere', 'https://0/'],
    ['metadata', 'https://169.254.169.254/latest/meta-data/'],
    ['metadata, decimal', 'https://2852039166/'],
    ['private 10', 'https://10.0.0.8/'],
    ['private 172', 'https://172.16.3.4/'],
    ['private 192', 'https://192.168.1.1/'],
    ['shared', 'https://100.64.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['public, all the same', 'https://93.184.216.34/'],
    ['IPv6 loopback', 'https://[::1]/'],
    ['IPv6 nowhere', 'https://[::]/'],
    ['IPv4 mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4 mapped, hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv4 embedded', 'https://[::127.0.0.1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['link-local', 'https://[fe80::1]/'],
    ['unique local', 'https://[fd00:ec2::254]/'],
  ])('[JHN5] calls no IP address, however it is spelled: %s', (_, url) => expect(isCalled(url)).toBe(false))

  it.each([
    'https://localhost/',
    'https://LOCALHOST./',
    'https://api.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://router.home.arpa/',
    'https://shop.example/api/v1/admin/keys',
    'https://SHOP.example./',
    'http://merchant.example/',
    'https://merchant.example:6379/',
    'https://merchant.example:80/',
    'https://us:er@merchant.example/',
    'https://merchant.example@127.0.0.1/',
    'ftp://merchant.example/',
    'file:///etc/passwd',
    'data:text/plain,hi',
    'javascript:alert(1)',
    '//merchant.example/',
    'merchant.example',
    '',
    'https://',
    'https://a b/',
  ])('[JHN5] does not call %s', (url) => expect(isCalled(url)).toBe(false))

  it('[JHN5] calls this machine on a laptop only, and there too nothing but the web', () => {
    const laptop = { isAtHome: true, ownHosts: [] }
    expect(isCalled('http://127.0.0.1:8080/in', laptop)).toBe(true)
    expect(isCalled('file:///etc/passwd', laptop)).toBe(false)
    expect(isCalled('http://us:er@127.0.0.1/', laptop)).toBe(false)
  })
})
