import { describe, expect, it } from 'vitest'
import { mailboxOf, networkOf } from './identity.ts'

describe('a mailbox', () => {
  it.each([
    'ana.lima@gmail.com',
    ' Ana.Lima@Gmail.com ',
    'analima@gmail.com',
    'ana.lima+tickets@gmail.com',
    'a.n.a.l.i.m.a@googlemail.com',
    'ANALIMA+a+b@GOOGLEMAIL.COM',
    'ａｎａｌｉｍａ@gmail.com',
    'analima+@gmail.com',
  ])('[ROM17] is one in the spelling %j', (email) => {
    expect(mailboxOf(email)).toBe('analima@gmail.com')
  })

  it('[ROM17] keeps its dots where they mean something, and loses what follows a plus', () => {
    expect(mailboxOf('Ana.Lima+x@Example.COM')).toBe('ana.lima@example.com')
    expect(mailboxOf('analima@example.com')).not.toBe(mailboxOf('ana.lima@example.com'))
    expect(mailboxOf('ana@xn--mller-kva.de')).toBe('ana@xn--mller-kva.de')
  })

  it.each([
    'аna@example.com',
    'ana@exаmple.com',
    '+x@gmail.com',
    'ana@localhost',
    'ana@@x.de',
    'ana@x..de',
    '',
    'a b@x.de',
    'ana,ben@x.de',
    'ana(one)@x.de',
    '"ana"@x.de',
    '<ana@x.de',
    '.ana@x.de',
    'ana.@x.de',
    'a..na@x.de',
  ])('[ROM17] is not counted when it is %j', (email) => {
    expect(mailboxOf(email)).toBeNull()
  })
})

describe('a network', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['2a00::', '2a00:0:0:0::/64'],
  ])('[ROM16] of %s is %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network)
  })

  it.each([
    'local',
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '172.20.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
    '',
    '1.2.3',
    'x::y',
    '1::2::3',
  ])('[ROM16] is not counted for %j', (ip) => {
    expect(networkOf(ip)).toBeNull()
  })
})
