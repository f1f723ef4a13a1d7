import { expect, test } from 'vitest'
import { newId } from '../src/ids'

test('an id says what it is, when it was made, and follows RFC 9562', () => {
  const now = Date.UTC(2026, 10, 21, 10, 0, 0, 123)
  const id = newId('pay', now)
  expect(id).toMatch(/^pay_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  expect(parseInt(id.slice(4, 16), 16)).toBe(now)
})

test('ids of one moment differ, and ids sort by the moment they were made', () => {
  const now = Date.UTC(2026, 10, 21)
  expect(new Set(Array.from({ length: 1000 }, () => newId('pay', now))).size).toBe(1000)
  expect(newId('pay', now) < newId('pay', now + 1)).toBe(true)
})
