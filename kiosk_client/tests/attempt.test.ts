import { expect, test } from 'vitest'
import { begin, follow, pace, type Standing } from '../src/attempt'
import type { Store } from '../src/store'
import type { Attempt } from '../src/written'
import type { PaymentStatus } from '../src/wire'
import { json, network, payment, phone, problem, sent } from './world'

function attempt(known = false): Attempt {
  const body = {
    payment_id: 'pay_1',
    invoice_id: 'inv_1',
    method: 'card_reader' as const,
    amount_minor: 28744,
    reader_id: 'tmr_1',
  }
  return { body, known }
}

const says = (status: PaymentStatus) => json(200, payment({ status }))

/** Follow to the end without waiting between questions. */
async function watch(db: Store, one: Attempt): Promise<string[]> {
  const seen: string[] = []
  const followed = follow(db, one, (standing: Standing) => {
    const what = standing.phase === 'known' ? standing.payment.status : standing.phase
    seen.push('failures' in standing && standing.failures ? `${what}, unheard ${standing.failures}` : what)
    queueMicrotask(() => followed.look())
  })
  await followed.ended
  return seen
}

test('a payment is followed until its end, then forgotten', async () => {
  const { db } = await phone()
  await begin(db, attempt())
  network(says('waiting'), says('waiting'), says('processing'), says('succeeded'))
  expect(await watch(db, attempt())).toEqual(['waiting', 'waiting', 'processing', 'succeeded'])
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET'])
  expect(await db.getAll('attempts')).toEqual([])
})

test('when the answer to the first request is lost, the same request is sent again and never another', async () => {
  const { db } = await phone()
  network(
    'lost',
    problem(502, 'outside_service_failed'),
    problem(409, 'request_in_flight'),
    says('waiting'),
    says('succeeded'),
  )
  expect(await watch(db, attempt())).toEqual([
    'asking, unheard 1',
    'asking, unheard 2',
    'asking, unheard 3',
    'waiting',
    'succeeded',
  ])
  const posts = sent.filter(({ method }) => method === 'POST')
  expect(posts).toHaveLength(4)
  expect(new Set(posts.map((post) => JSON.stringify(post))).size).toBe(1)
  expect(posts[0]!.key).toBe('pay_1')
})

test('an unknown outcome is asked about until it is known', async () => {
  const { db } = await phone()
  network(says('waiting'), says('unknown'), 'lost', says('unknown'), says('succeeded'))
  expect(await watch(db, attempt())).toEqual(['waiting', 'unknown', 'unknown, unheard 1', 'unknown', 'succeeded'])
  expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
})

test('after a reload the try that was under way goes on: it is asked about, not sent again', async () => {
  const { db, again } = await phone()
  await begin(db, attempt())
  network(says('waiting'))
  const followed = follow(db, attempt(), () => followed.stop())
  await followed.ended
  db.close()
  const reopened = await again()
  const kept = (await reopened.get('attempts', 'inv_1'))!
  expect(kept.known).toBe(true)
  network(says('succeeded'))
  expect(await watch(reopened, kept)).toEqual(['succeeded'])
  expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET'])
})

test('a second tap follows the try that is under way instead of starting another', async () => {
  const { db } = await phone()
  await begin(db, attempt())
  const second = { ...attempt(), body: { ...attempt().body, payment_id: 'pay_2' } }
  expect((await begin(db, second)).body.payment_id).toBe('pay_1')
  expect((await db.getAll('attempts')).map(({ body }) => body.payment_id)).toEqual(['pay_1'])
})

test('a refusal says why and leaves nothing to follow', async () => {
  const { db } = await phone()
  await begin(db, attempt())
  network(problem(409, 'payment_in_flight', 'Another payment is under way.'))
  const seen: Standing[] = []
  await follow(db, attempt(), (standing) => seen.push(standing)).ended
  expect(seen).toEqual([
    { phase: 'refused', problem: expect.objectContaining({ detail: 'Another payment is under way.' }) },
  ])
  expect(await db.getAll('attempts')).toEqual([])
})

test('an unpaired phone keeps the try', async () => {
  const { db } = await phone()
  await begin(db, attempt())
  network(problem(401, 'unauthenticated'))
  await expect(follow(db, attempt(), () => {}).ended).rejects.toMatchObject({ problem: { status: 401 } })
  expect(await db.getAll('attempts')).toHaveLength(1)
})

test.each(['failed', 'canceled'] as const)('%s is an end', async (status) => {
  const { db } = await phone()
  await begin(db, attempt())
  network(says(status))
  expect(await watch(db, attempt())).toEqual([status])
  expect(await db.getAll('attempts')).toEqual([])
})

test('the server is asked every second at first, then less often, and spared when it does not answer', () => {
  expect([0, 59, 60, 120].map((asked) => pace(asked, 0))).toEqual([1000, 1000, 2000, 5000])
  expect([1, 2, 3, 9].map((failures) => pace(0, failures))).toEqual([2000, 4000, 8000, 15_000])
})
