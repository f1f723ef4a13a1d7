import { expect, test } from 'vitest'
import type { Entry, NewEntry } from '../src/written'
import { withPayment } from '../src/queue'
import { doorState, dueOf, partOf } from '../src/sheet'
import type { Problem } from '../src/wire'
import { cash, completion, invoice, payment, sheet, signature, stage } from './world'

const queued = (entry: NewEntry, refusal: Problem | null = null): Entry => ({
  ...entry,
  seq: 1,
  queued_at: 0,
  refusal,
  renewals: 0,
})

test('a fresh job has a contract to sign, is not done, and owes its total', () => {
  expect(doorState(sheet(), [])).toEqual({
    contract: 'presented',
    done: 'no',
    total_minor: 28744,
    owed_minor: 28744,
    first_minor: 0,
    unsure: false,
    waiting: 0,
    credit: 'ok',
  })
})

test('what was recorded offline counts at once', () => {
  const all = [queued(signature()), queued(completion()), queued(cash(null))]
  expect(doorState(sheet(), all)).toEqual({
    contract: 'signing',
    done: 'waiting',
    total_minor: 28744,
    owed_minor: 18744,
    first_minor: 0,
    unsure: false,
    waiting: 3,
    credit: 'ok',
  })
})

test('what the server refused, or belongs to another job, does not count', () => {
  const refused = queued(cash('inv_1'), { status: 422, code: 'no', detail: 'No.' })
  expect(doorState(sheet(), [refused, queued(completion('job_2'))])).toMatchObject({
    done: 'no',
    owed_minor: 28744,
    waiting: 0,
  })
})

test('cash that waits comes off the balance of the invoice', () => {
  const billed = sheet({ invoice: invoice({ paid_minor: 5000, balance_minor: 23744 }) })
  expect(doorState(billed, [queued(cash('inv_1'))])).toMatchObject({ done: 'yes', owed_minor: 13744 })
})

test('a contract signed for less than the job now costs is signed again', () => {
  const signed = { ...sheet().contract!, status: 'signed' as const }
  expect(doorState(sheet({ contract: signed }), []).contract).toBe('signed')
  expect(doorState(sheet({ contract: { ...signed, total_minor: 20000 } }), []).contract).toBe('reissue')
})

test.each(['superseded', 'void'] as const)('a %s contract is no contract', (status) => {
  expect(doorState(sheet({ contract: { ...sheet().contract!, status } }), []).contract).toBe('none')
})

const deposit = invoice({ invoice_id: 'inv_d', total_minor: 10000, balance_minor: 10000 })
const stageCash = (invoice_id: string | null, stage = 1) => queued({ ...cash(invoice_id), stage } as NewEntry)

test('a deposit is due first, and takes nothing off the work before it is paid', () => {
  const agreed = sheet({ stages: [stage(), stage({ position: 2, when: 'on_milestone' })] })
  expect(doorState(agreed, [])).toMatchObject({ first_minor: 10000, owed_minor: 28744 })
})

test('what was paid first comes off what the work still owes', () => {
  const paid = { ...deposit, paid_minor: 10000, balance_minor: 0 }
  expect(doorState(sheet({ stages: [stage({ invoice: paid })] }), [])).toMatchObject({
    first_minor: 0,
    total_minor: 28744,
    owed_minor: 18744,
  })
})

test.each([
  ['its request has no number yet', null, null],
  ['its request was told since', deposit, null],
  ['it names its request', deposit, 'inv_d'],
])('cash for a stage counts for it alone, where %s', (_, asked, names) => {
  const agreed = sheet({ stages: [stage({ invoice: asked }), stage({ position: 2 })] })
  const all = [stageCash(names)]
  expect(dueOf(agreed, all, 1).owed_minor).toBe(0)
  expect(dueOf(agreed, all, 2).owed_minor).toBe(10000)
  expect(dueOf(agreed, all, null).owed_minor).toBe(18744)
})

test('the invoice of the work says itself what is left, whatever was paid before', () => {
  const paid = { ...deposit, paid_minor: 10000, balance_minor: 0 }
  const billed = sheet({ stages: [stage({ invoice: paid })], invoice: invoice({ balance_minor: 18744 }) })
  expect(doorState(billed, [])).toMatchObject({ done: 'yes', owed_minor: 18744, first_minor: 0 })
})

test.each(['ok', 'watch', 'hold', 'stop'] as const)('a standing of %s is told before the work is done', (standing) => {
  const terms = { standing, up_front_percent: 100 }
  expect(doorState(sheet({ terms }), []).credit).toBe(standing === 'watch' ? 'ok' : standing)
  expect(doorState(sheet({ terms, invoice: invoice() }), []).credit).toBe('ok')
})

test('while nobody knows whether the work was paid, it is not said to be open', () => {
  const billed = (status: 'unknown' | 'failed') => sheet({ invoice: invoice(), payments: [payment({ status })] })
  expect(doorState(billed('unknown'), []).unsure).toBe(true)
  expect(doorState(billed('failed'), []).unsure).toBe(false)
})

test('of a payment for several invoices the part of this job is shown', () => {
  const shares = [
    { invoice_id: 'inv_1', amount_minor: 4000 },
    { invoice_id: 'inv_d', amount_minor: 1000 },
    { invoice_id: 'inv_elsewhere', amount_minor: 5000 },
  ]
  const ours = sheet({ invoice: invoice(), stages: [stage({ invoice: deposit })] })
  expect(partOf(payment({ amount_minor: 10000, shares }), ours)).toBe(5000)
  expect(partOf(payment({ amount_minor: 10000 }), ours)).toBe(10000)
})

test('a deposit that came late changes the balance of the invoice of the work', () => {
  const final = invoice({ invoice_id: 'inv_final', total_minor: 28744, balance_minor: 28744 })
  const asked = stage({ invoice: invoice({ invoice_id: 'inv_deposit', balance_minor: 0, status: 'void' }) })
  const shares = [{ invoice_id: 'inv_final', amount_minor: 5000 }]
  const late = payment({ invoice_id: 'inv_deposit', amount_minor: 5000, balance_minor: 23744, shares })
  const after = withPayment(sheet({ invoice: final, stages: [asked] }), late)
  expect([after.invoice?.balance_minor, after.stages?.[0]?.invoice?.balance_minor]).toEqual([23744, 0])
})
