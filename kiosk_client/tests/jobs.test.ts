import { expect, test } from 'vitest'
import { fetchDay, fetchSheet } from '../src/jobs'
import { phone, reread } from '../src/phone.svelte'
import { add, flush } from '../src/queue'
import type { Store } from '../src/store'
import { completion, invoice, json, network, phone as aPhone, sheet } from './world'

const DONE = { ...sheet(), status: 'completed' as const, invoice: invoice() }
const CODE = new Response('<svg/>', { headers: { 'Content-Type': 'image/svg+xml' } })

/** The same memory; `begins` hears of everything that begins to be written in it. */
function heard(db: Store, begins: () => void): Store {
  const of = (name: keyof Store) => {
    const value: unknown = db[name]
    if (name === 'transaction') begins()
    return typeof value === 'function' ? value.bind(db) : value
  }
  return new Proxy(db, { get: (_db, name) => of(name as keyof Store) })
}

test.each([
  ['the job', () => fetchSheet('job_1'), (told: object) => told],
  ['the day', () => fetchDay('2026-11-21'), (told: object) => ({ items: [told] })],
])('what was fetched of %s before the job was done does not undo it', async (_of, fetched, say) => {
  const { db } = await aPhone()
  phone.db = db
  await db.put('sheets', sheet())
  await add(db, 0, completion())
  let tell = (_before: Response) => {}
  const before = new Promise<Response>((resolve) => (tell = resolve))
  network(() => before, json(201, invoice()), json(200, say(DONE)), CODE)
  const sent = flush(
    heard(db, () => tell(json(200, say(sheet())))),
    'stf_1',
    () => {},
  )
  await Promise.all([fetched(), sent])
  await reread()
  expect(phone.sheets['job_1']!.invoice).toEqual(invoice())
})
