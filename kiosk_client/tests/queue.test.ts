import { describe, expect, test } from 'vitest'
import { add, backOff, drop, entries, flush, renew } from '../src/queue'
import { cash, completion, invoice, json, network, payment, phone, problem, sent, sheet, signature } from './world'

const NOW = Date.UTC(2026, 10, 21, 10)
const quietly = () => {}

test('what was recorded survives a crash before anything is sent', async () => {
  const { db, again } = await phone()
  await add(db, signature(), NOW)
  await add(db, completion(), NOW)
  db.close()
  const kept = await entries(await again())
  expect(kept.map((entry) => entry.kind)).toEqual(['signature', 'completion'])
  expect(sent).toEqual([])
})

test('entries are sent in the order they were recorded, each with its own id as key', async () => {
  const { db } = await phone()
  await add(db, signature(), NOW)
  await add(db, completion(), NOW)
  await add(db, cash('inv_1'), NOW)
  network(json(201, {}), json(201, invoice()), json(201, payment()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.map(({ path, key }) => [path, key])).toEqual([
    ['/contracts/con_1/signature', 'sig_1'],
    ['/jobs/job_1/completion', 'cmp_job_1'],
    ['/payments', 'pay_1'],
  ])
  expect(await entries(db)).toEqual([])
})

test('after a crash between sending and hearing the answer, the very same request is sent again', async () => {
  const { db, again } = await phone()
  await add(db, completion(), NOW)
  network('lost')
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'later', retry_after_seconds: null })
  db.close()
  network(json(201, invoice()))
  expect(await flush(await again(), 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent).toHaveLength(2)
  expect(sent[1]).toEqual(sent[0])
})

test('nothing behind an unanswered entry overtakes it', async () => {
  const { db } = await phone()
  await add(db, completion('job_1'), NOW)
  await add(db, completion('job_2'), NOW)
  network(problem(503, 'down'))
  await flush(db, 'stf_1', quietly)
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion'])
  expect(await entries(db)).toHaveLength(2)
})

test('two tabs that send at once send each entry once', async () => {
  const { db, again } = await phone()
  const other = await again()
  await add(db, completion('job_1'), NOW)
  await add(db, completion('job_2'), NOW)
  network(json(201, invoice()), json(201, invoice()))
  await Promise.all([flush(db, 'stf_1', quietly), flush(other, 'stf_1', quietly)])
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion', '/jobs/job_2/completion'])
})

test.each([403, 404, 409, 422])(
  'a refusal (%i) is kept with its reason, and does not hold up the rest',
  async (status) => {
    const { db } = await phone()
    await add(db, completion('job_1'), NOW)
    await add(db, completion('job_2'), NOW)
    network(problem(status, 'no', 'Not like this.'), json(201, invoice()))
    expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
    const kept = await entries(db)
    expect(kept.map((entry) => [entry.job_id, entry.refusal?.detail])).toEqual([['job_1', 'Not like this.']])
    await flush(db, 'stf_1', quietly)
    expect(sent).toHaveLength(2)
  },
)

test('asking again after a refusal uses the same id under a new key, because the old key repeats the refusal', async () => {
  const { db } = await phone()
  const seq = await add(db, completion(), NOW)
  network(problem(422, 'no'), json(201, invoice()))
  await flush(db, 'stf_1', quietly)
  await renew(db, seq)
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.map(({ key }) => key)).toEqual(['cmp_job_1', 'cmp_job_1.1'])
  expect(sent[1]!.body).toEqual(sent[0]!.body)
})

test('a refused entry goes away only when a person drops it', async () => {
  const { db } = await phone()
  const seq = await add(db, completion(), NOW)
  network(problem(409, 'conflict'))
  await flush(db, 'stf_1', quietly)
  expect(await entries(db)).toHaveLength(1)
  await drop(db, seq)
  expect(await entries(db)).toEqual([])
})

test('an unpaired phone stops at once and keeps its queue; paired again it sends it', async () => {
  const { db } = await phone()
  await add(db, signature(), NOW)
  await add(db, completion(), NOW)
  network(problem(401, 'unauthenticated'))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'unpaired' })
  expect(sent).toHaveLength(1)
  expect((await entries(db)).map((entry) => entry.refusal)).toEqual([null, null])
  network(json(201, {}), json(201, invoice()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
})

test('what one technician recorded is not sent in the name of another', async () => {
  const { db } = await phone()
  await add(db, completion(), NOW)
  expect(await flush(db, 'stf_2', quietly)).toEqual({ outcome: 'done' })
  expect(sent).toEqual([])
  expect(await entries(db)).toHaveLength(1)
})

describe('no answer yet', () => {
  test.each([
    ['the first try is still under way', problem(409, 'request_in_flight')],
    ['the server is in trouble', problem(500, 'internal_error')],
    [
      'a captive portal answers with its own page',
      new Response('<h1>Wi-Fi</h1>', { headers: { 'Content-Type': 'text/html' } }),
    ],
    ['a proxy answers with its own error', new Response('Bad gateway', { status: 502 })],
  ])('%s', async (_, answer) => {
    const { db } = await phone()
    await add(db, completion(), NOW)
    network(answer)
    expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'later', retry_after_seconds: null })
    expect((await entries(db)).map((entry) => entry.refusal)).toEqual([null])
  })

  test('the server says when to come back', async () => {
    const { db } = await phone()
    await add(db, completion(), NOW)
    network(json(429, { code: 'too_many_requests' }, { 'Retry-After': '42' }))
    expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'later', retry_after_seconds: 42 })
  })

  test('patience grows and then stays', () => {
    expect([1, 2, 3, 4, 99].map(backOff)).toEqual([1000, 5000, 30_000, 300_000, 300_000])
  })
})

test('cash for a job completed offline waits for the invoice, then names it', async () => {
  const { db } = await phone()
  await add(db, cash(null), NOW)
  await add(db, completion(), NOW)
  network(json(201, invoice({ invoice_id: 'inv_new' })), json(201, payment()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion', '/payments'])
  expect(sent[1]!.body).toEqual({ payment_id: 'pay_1', invoice_id: 'inv_new', method: 'cash', amount_minor: 10000 })
})

test('when the completion is refused, its cash is kept and not sent', async () => {
  const { db } = await phone()
  await add(db, completion(), NOW)
  await add(db, cash(null), NOW)
  network(problem(422, 'incomplete'))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect((await entries(db)).map((entry) => entry.kind)).toEqual(['completion', 'cash'])
  expect(sent).toHaveLength(1)
})

test('what the server answered is on the job sheet in the moment the entry is gone', async () => {
  const { db } = await phone()
  await db.put('sheets', sheet())
  await add(db, signature(), NOW)
  await add(db, completion(), NOW)
  await add(db, cash('inv_1'), NOW)
  const paid = payment({ method: 'cash', status: 'succeeded', amount_minor: 10000, balance_minor: 18744 })
  network(json(201, {}), json(201, invoice()), json(201, paid))
  await flush(db, 'stf_1', quietly)
  const after = (await db.get('sheets', 'job_1'))!
  expect(after.contract).toMatchObject({
    status: 'signed',
    signature: { signer_name: 'Anne Roy', method: 'typed_name' },
  })
  expect(after.status).toBe('completed')
  expect(after.invoice).toMatchObject({ status: 'partly_paid', paid_minor: 10000, balance_minor: 18744 })
})
