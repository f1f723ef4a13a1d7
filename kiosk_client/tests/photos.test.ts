import { expect, test } from 'vitest'
import { openDB } from 'idb'
import { LONGEST_SIDE, base64, fitted, pictureOf } from '../src/photos'
import { entries } from '../src/queue'
import { keepDay, open } from '../src/store'
import { completion, network, phone, problem, sent, sheet } from './world'

test.each([
  [4032, 3024, LONGEST_SIDE, 1200],
  [3024, 4032, 1200, LONGEST_SIDE],
  [800, 600, 800, 600],
  [20_000, 3, LONGEST_SIDE, 1],
])('%i by %i becomes %i by %i', (width, height, wide, high) => {
  expect(fitted(width, height)).toEqual({ width: wide, height: high })
})

test('bytes travel as base64, however many they are', async () => {
  const bytes = new Uint8Array(100_000).map((_, at) => at % 256)
  expect(await base64(new Blob([bytes]))).toBe(Buffer.from(bytes).toString('base64'))
})

test('a photo of the server is fetched once and kept', async () => {
  const { db } = await phone()
  network(new Response(new Uint8Array([1, 2, 3]), { headers: { 'Content-Type': 'image/jpeg' } }))
  expect((await pictureOf(db, 'job_1', 'pho_1')).size).toBe(3)
  expect((await pictureOf(db, 'job_1', 'pho_1')).size).toBe(3)
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/photos/pho_1'])
  network(problem(404, 'photo_not_found'))
  await expect(pictureOf(db, 'job_1', 'pho_2')).rejects.toThrow('photo_not_found')
})

test('photos leave the phone with the jobs they are of', async () => {
  const { db } = await phone()
  for (const id of ['pho_1', 'pho_2']) await db.put('pictures', new Blob(['x']), id)
  const one = { photo_id: 'pho_1', kind: 'after', caption: null, taken_at: '', payment_id: null, taken_by: null } as const
  await keepDay(db, '2026-11-21', [sheet({ photos: [one] })], Date.now())
  expect(await db.getAllKeys('pictures')).toEqual(['pho_1'])
})

test('what an older version of the app recorded is still there after the update', async () => {
  const name = 'phone-before'
  const before = await openDB(name, 1, {
    upgrade(db) {
      for (const store of ['kept', 'codes']) db.createObjectStore(store)
      db.createObjectStore('days', { keyPath: 'on' })
      db.createObjectStore('sheets', { keyPath: 'job_id' })
      db.createObjectStore('attempts', { keyPath: 'body.invoice_id' })
      db.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true })
    },
  })
  await before.add('queue', { ...completion(), queued_at: 0, refusal: null, renewals: 0 })
  before.close()
  const db = await open(name)
  expect((await entries(db)).map((entry) => entry.kind)).toEqual(['completion'])
  expect(await db.getAllKeys('pictures')).toEqual([])
})
