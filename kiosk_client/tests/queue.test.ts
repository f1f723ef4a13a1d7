import { describe, expect, test } from 'vitest'
import { add, backOff, drop, entries, flush, renew } from '../src/queue'
import {
  askStage,
  cash,
  completion,
  invoice,
  json,
  network,
  payment,
  phone,
  photo,
  problem,
  sent,
  sheet,
  signature,
  stage,
} from './world'

const NOW = Date.UTC(2026, 10, 21, 10)
const quietly = () => {}

test('what was recorded survives a crash before anything is sent', async () => {
  const { db, again } = await phone()
  await add(db, NOW, signature())
  await add(db, NOW, completion())
  db.close()
  const kept = await entries(await again())
  expect(kept.map((entry) => entry.kind)).toEqual(['signature', 'completion'])
  expect(sent).toEqual([])
})

test('entries are sent in the order they were recorded, each with its own id as key', async () => {
  const { db } = await phone()
  await add(db, NOW, signature())
  await add(db, NOW, completion())
  await add(db, NOW, cash('inv_1'))
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
  await add(db, NOW, completion())
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
  await add(db, NOW, completion('job_1'))
  await add(db, NOW, completion('job_2'))
  network(problem(503, 'down'))
  await flush(db, 'stf_1', quietly)
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion'])
  expect(await entries(db)).toHaveLength(2)
})

test('two tabs that send at once send each entry once', async () => {
  const { db, again } = await phone()
  const other = await again()
  await add(db, NOW, completion('job_1'))
  await add(db, NOW, completion('job_2'))
  network(json(201, invoice()), json(201, invoice()))
  await Promise.all([flush(db, 'stf_1', quietly), flush(other, 'stf_1', quietly)])
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion', '/jobs/job_2/completion'])
})

test.each([403, 404, 409, 422])(
  'a refusal (%i) is kept with its reason, and does not hold up the rest',
  async (status) => {
    const { db } = await phone()
    await add(db, NOW, completion('job_1'))
    await add(db, NOW, completion('job_2'))
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
  const [seq] = await add(db, NOW, completion())
  network(problem(422, 'no'), json(201, invoice()))
  await flush(db, 'stf_1', quietly)
  await renew(db, seq!)
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.map(({ key }) => key)).toEqual(['cmp_job_1', 'cmp_job_1.1'])
  expect(sent[1]!.body).toEqual(sent[0]!.body)
})

test('a refused entry goes away only when a person drops it', async () => {
  const { db } = await phone()
  const [seq] = await add(db, NOW, completion())
  network(problem(409, 'conflict'))
  await flush(db, 'stf_1', quietly)
  expect(await entries(db)).toHaveLength(1)
  await drop(db, seq!)
  expect(await entries(db)).toEqual([])
})

test('an unpaired phone stops at once and keeps its queue; paired again it sends it', async () => {
  const { db } = await phone()
  await add(db, NOW, signature())
  await add(db, NOW, completion())
  network(problem(401, 'unauthenticated'))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'unpaired' })
  expect(sent).toHaveLength(1)
  expect((await entries(db)).map((entry) => entry.refusal)).toEqual([null, null])
  network(json(201, {}), json(201, invoice()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
})

test('what one technician recorded is not sent in the name of another', async () => {
  const { db } = await phone()
  await add(db, NOW, completion())
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
    await add(db, NOW, completion())
    network(answer)
    expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'later', retry_after_seconds: null })
    expect((await entries(db)).map((entry) => entry.refusal)).toEqual([null])
  })

  test('the server says when to come back', async () => {
    const { db } = await phone()
    await add(db, NOW, completion())
    network(json(429, { code: 'too_many_requests' }, { 'Retry-After': '42' }))
    expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'later', retry_after_seconds: 42 })
  })

  test('patience grows and then stays', () => {
    expect([1, 2, 3, 4, 99].map(backOff)).toEqual([1000, 5000, 30_000, 300_000, 300_000])
  })
})

test('cash for a job completed offline waits for the invoice, then names it', async () => {
  const { db } = await phone()
  await add(db, NOW, cash(null))
  await add(db, NOW, completion())
  network(json(201, invoice({ invoice_id: 'inv_new' })), json(201, payment()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.map(({ path }) => path)).toEqual(['/jobs/job_1/completion', '/payments'])
  expect(sent[1]!.body).toEqual({ payment_id: 'pay_1', invoice_id: 'inv_new', method: 'cash', amount_minor: 10000 })
})

test('when the completion is refused, its cash is kept and not sent', async () => {
  const { db } = await phone()
  await add(db, NOW, completion())
  await add(db, NOW, cash(null))
  network(problem(422, 'incomplete'))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect((await entries(db)).map((entry) => entry.kind)).toEqual(['completion', 'cash'])
  expect(sent).toHaveLength(1)
})

test('cash for a job that somebody else completed meanwhile is counted, and the completion waits for a person', async () => {
  const { db } = await phone()
  await add(db, NOW, completion())
  await add(db, NOW, cash(null))
  const theirs = sheet({ invoice: invoice({ invoice_id: 'inv_theirs' }) })
  network(problem(409, 'job_closed'), 'lost')
  expect((await flush(db, 'stf_1', quietly)).outcome).toBe('later')
  network(problem(409, 'job_closed'), json(200, theirs), json(201, payment()))
  expect(await flush(db, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent.at(-1)).toMatchObject({ path: '/payments', body: { payment_id: 'pay_1', invoice_id: 'inv_theirs' } })
  const left = await entries(db)
  expect(left.map(({ kind, refusal }) => [kind, refusal?.code])).toEqual([['completion', 'job_closed']])
})

test('what the server answered is on the job sheet in the moment the entry is gone', async () => {
  const { db } = await phone()
  await db.put('sheets', sheet())
  await add(db, NOW, signature())
  await add(db, NOW, completion())
  await add(db, NOW, cash('inv_1'))
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

const paths = () => sent.map(({ path }) => path)
const deposit = { ...cash(null), stage: 1 } as ReturnType<typeof cash>

test('a photo survives a crash, travels as it was shrunk, and is on the sheet once it was sent', async () => {
  const { db, again } = await phone()
  await db.put('sheets', sheet())
  await add(db, NOW, photo({ caption: 'Fuite' }))
  db.close()
  const reopened = await again()
  network(json(201, { photo_id: 'pho_1' }))
  expect(await flush(reopened, 'stf_1', quietly)).toEqual({ outcome: 'done' })
  expect(sent[0]).toMatchObject({ path: '/jobs/job_1/photos', key: 'pho_1', body: { caption: 'Fuite', content: '/9j/2Q==' } })
  expect((await reopened.get('sheets', 'job_1'))!.photos).toEqual([{ photo_id: 'pho_1' }])
  expect((await reopened.get('pictures', 'pho_1'))!.size).toBe(4)
})

test('photos let what was done and paid go first', async () => {
  const { db } = await phone()
  await add(db, NOW, photo(), photo({ photo_id: 'pho_2' }), completion())
  network(json(201, invoice()), json(201, {}), json(201, {}))
  await flush(db, 'stf_1', quietly)
  expect(paths()).toEqual(['/jobs/job_1/completion', '/jobs/job_1/photos', '/jobs/job_1/photos'])
})

test('the photo of a cheque goes after its payment, and not while that is refused', async () => {
  const { db } = await phone()
  const [paid] = await add(db, NOW, cash('inv_1'), photo({ kind: 'cheque', payment_id: 'pay_1' }))
  network(problem(422, 'amount_too_high'))
  await flush(db, 'stf_1', quietly)
  expect(paths()).toEqual(['/payments'])
  await renew(db, paid!)
  network(json(201, payment()), json(201, {}))
  await flush(db, 'stf_1', quietly)
  expect(paths()).toEqual(['/payments', '/payments', '/jobs/job_1/photos'])
})

test('when a person drops a refused cheque, its photo stays with the job', async () => {
  const { db } = await phone()
  const [paid] = await add(db, NOW, cash('inv_1'), photo({ kind: 'cheque', payment_id: 'pay_1' }))
  await drop(db, paid!)
  network(json(201, {}))
  await flush(db, 'stf_1', quietly)
  expect(sent.map(({ path, body }) => [path, body.payment_id])).toEqual([['/jobs/job_1/photos', null]])
})

test('a deposit asked for and taken offline is asked for first, and its cash names the request', async () => {
  const { db } = await phone()
  await db.put('sheets', sheet({ stages: [stage()] }))
  await add(db, NOW, askStage(), deposit)
  const asked = invoice({ invoice_id: 'inv_deposit', total_minor: 10000, balance_minor: 10000 })
  network(json(201, asked), json(201, payment({ invoice_id: 'inv_deposit', balance_minor: 0 })))
  await flush(db, 'stf_1', quietly)
  expect(paths()).toEqual(['/jobs/job_1/stages/1/invoice', '/payments'])
  expect(sent[1]!.body.invoice_id).toBe('inv_deposit')
  const [paid] = (await db.get('sheets', 'job_1'))!.stages!
  expect(paid!.invoice).toMatchObject({ status: 'paid', balance_minor: 0 })
})

test('a deposit that the office asked for meanwhile is paid under that request', async () => {
  const { db } = await phone()
  await add(db, NOW, askStage(), deposit)
  const theirs = sheet({ stages: [stage({ invoice: invoice({ invoice_id: 'inv_office' }) })] })
  network(problem(409, 'stage_requested'), json(200, theirs), json(201, payment()))
  await flush(db, 'stf_1', quietly)
  expect(paths()).toEqual(['/jobs/job_1/stages/1/invoice', '/jobs/job_1', '/payments'])
  expect(sent[2]!.body.invoice_id).toBe('inv_office')
})
