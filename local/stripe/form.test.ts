import { expect, it } from 'vitest'
import { canonical, parseForm, type Form, type FormValue } from './form.ts'

const plain = (value: FormValue): unknown =>
  typeof value === 'string' ? value : Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
const read = (text: string): unknown => {
  const form = parseForm(text)
  return form.ok ? plain(form.value) : form.refusal.message
}

it.each([
  ['amount=100&currency=eur', { amount: '100', currency: 'eur' }],
  ['metadata[order id]=a%26b+c', { metadata: { 'order id': 'a&b c' } }],
  ['expand[]=a&expand[]=b', { expand: { 0: 'a', 1: 'b' } }],
  ['expand[0]=a&expand[1]=b', { expand: { 0: 'a', 1: 'b' } }],
  ['payment_method_data%5Bcard%5D%5Bnumber%5D=42', { payment_method_data: { card: { number: '42' } } }],
  ['metadata=', { metadata: '' }],
  ['flag', { flag: '' }],
  ['', {}],
])('[PSP1] reads the form %s', (text, expected) => {
  expect(read(text)).toEqual(expected)
})

it.each([
  ['a=1&a=2', 'Received parameter twice: a'],
  ['a=1&a[b]=2', 'Invalid hash: a[b]'],
  ['a[b=1', 'Invalid parameter name: a[b'],
  ['a[][b]=1', 'Invalid parameter name: a[][b]'],
  ['[a]=1', 'Invalid parameter name: [a]'],
  ['a[1][2][3][4][5][6][7][8]=1', 'Invalid parameter name: a[1][2][3][4][5][6][7][8]'],
  ['a=%zz', 'The request is not valid form encoding.'],
])('[PSP1] refuses the form %s', (text, message) => {
  expect(read(text)).toBe(message)
})

it('[PSP1] takes a field named __proto__ for nothing but a name', () => {
  const form = parseForm('metadata[__proto__]=x')
  const metadata: Form | string | undefined = form.ok ? form.value.get('metadata') : undefined
  expect(metadata instanceof Map && metadata.get('__proto__')).toBe('x')
})

it('[PSP8] knows a request again whatever the order of its fields', () => {
  const [one, other] = [parseForm('a=1&m[x]=2&m[y]=3'), parseForm('m[y]=3&m[x]=2&a=1')]
  expect(one.ok && other.ok && canonical(one.value) === canonical(other.value)).toBe(true)
})
