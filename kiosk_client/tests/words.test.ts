import { expect, test } from 'vitest'
import { counted, dictionaries, languageOf, phrase, type Key } from '../src/words'

const keys = Object.keys(dictionaries.en) as Key[]
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()

test('both languages say the same things', () => {
  expect(Object.keys(dictionaries.fr)).toEqual(keys)
})

test.each(keys)('%s is said in both, with the same values in it', (key) => {
  expect(dictionaries.fr[key].trim()).not.toBe('')
  expect(dictionaries.en[key].trim()).not.toBe('')
  expect(holes(dictionaries.fr[key])).toEqual(holes(dictionaries.en[key]))
})

test('values are filled in and things are counted as each language counts', () => {
  expect(phrase('en', 'pay.invoice', { number: '2026-0001' })).toBe('Invoice 2026-0001')
  expect(counted('fr', 'today.jobs', 0)).toBe('0 intervention')
  expect(counted('en', 'today.jobs', 0)).toBe('0 jobs')
  expect(counted('fr', 'today.jobs', 2)).toBe('2 interventions')
})

test('any French is French, anything else is English', () => {
  expect(['fr', 'fr-CA', 'FR', 'en-GB', 'de'].map(languageOf)).toEqual(['fr', 'fr', 'fr', 'en', 'en'])
})
