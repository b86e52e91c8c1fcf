import { expect, it } from 'vitest'
import { buyerIn } from './forms.ts'

const offered = { countries: ['PT', 'DE'], payments: ['pm_card_visa'] }
const good = {
  email: 'ana@example.com',
  name: 'Ana',
  line1: 'Quay 1',
  line2: '',
  city: 'Porto',
  postal_code: '4000',
  country: 'PT',
  payment_method: 'pm_card_visa',
}

it('[PAG16] takes a form that says everything, and reads an empty second line as none', () => {
  expect(buyerIn(good, offered)).toEqual({
    ok: true,
    buyer: {
      email: 'ana@example.com',
      name: 'Ana',
      address: { line1: 'Quay 1', line2: null, city: 'Porto', postalCode: '4000', country: 'PT' },
      paymentMethod: 'pm_card_visa',
    },
  })
})

it.each([
  ['email', ''],
  ['email', 'ana'],
  ['email', 'ana@example'],
  ['email', 'ana@example.com, eve@example.com'],
  ['email', '<ana@example.com>'],
  ['name', ''],
  ['name', 'x'.repeat(201)],
  ['line1', ''],
  ['city', ''],
  ['postal_code', ''],
  ['postal_code', 'x'.repeat(21)],
  ['country', 'XX'],
  ['payment_method', 'pm_card_mine'],
])('[PAG16] says at the field %s what is wrong with “%s”, and at no other', (field, value) => {
  const read = buyerIn({ ...good, [field]: value }, offered)
  expect(read.ok ? [] : Object.keys(read.mistakes)).toEqual([field])
})

it('[PAG16] names every mistake at once, so that nobody has to send a form nine times', () => {
  const read = buyerIn({}, offered)
  expect(read.ok ? [] : Object.keys(read.mistakes).toSorted()).toEqual([
    'city',
    'country',
    'email',
    'line1',
    'name',
    'payment_method',
    'postal_code',
  ])
})
