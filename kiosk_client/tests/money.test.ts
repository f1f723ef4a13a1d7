import { expect, test } from 'vitest'
import { chargeable, exponent, parse, plain, show } from '../src/money'

const spaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

test('each currency has its own decimals', () => {
  expect(['JPY', 'CAD', 'KWD'].map(exponent)).toEqual([0, 2, 3])
})

test('a card pays three decimals only up to a 0 at the end', () => {
  expect([12345, 12340, 5].map((minor) => chargeable(minor, 'KWD'))).toEqual([12340, 12340, 0])
  expect([12345, 5].map((minor) => chargeable(minor, 'CAD'))).toEqual([12345, 5])
})

test('an amount is written as a person of that language writes it', () => {
  expect(spaces(show(123450, 'CAD', 'fr'))).toBe('1 234,50 $')
  expect(show(123450, 'CAD', 'en')).toBe('$1,234.50')
  expect(show(1234, 'JPY', 'en')).toBe('¥1,234')
  expect(spaces(show(1500, 'KWD', 'en'))).toBe('KWD 1.500')
})

test('a currency that is not the business’s own is named, so that two dollars are not confused', () => {
  expect(spaces(show(123450, 'USD', 'fr', 'CAD'))).toBe('1 234,50 USD')
})

test.each(['fr', 'en'] as const)('what is put into the field is read back as the same amount (%s)', (language) => {
  for (const [amount, currency] of [
    [0, 'CAD'],
    [5, 'CAD'],
    [28744, 'CAD'],
    [123456789, 'CAD'],
    [1234, 'JPY'],
    [1, 'KWD'],
  ] as const) {
    expect(parse(plain(amount, currency, language), currency)).toBe(amount)
  }
})

test.each([
  ['100', 10000],
  ['100,5', 10050],
  ['100.50', 10050],
  ['1 234,50 $', 123450],
  ['$1234.50', 123450],
  ['12.', 1200],
])('%s is read as an amount', (typed, minor) => {
  expect(parse(typed, 'CAD')).toBe(minor)
})

test.each(['', 'abc', '-5', '1,234.50', '1.234', '12,345', '1e5', '99999999999999999999'])(
  '%s is asked for again',
  (typed) => {
    expect(parse(typed, 'CAD')).toBeNull()
  },
)
