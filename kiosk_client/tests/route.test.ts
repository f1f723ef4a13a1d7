import { expect, test } from 'vitest'
import { address, routeOf } from '../src/route'

test('every address leads to its screen', () => {
  expect(routeOf('')).toEqual({ screen: 'today' })
  expect(routeOf(address.queue)).toEqual({ screen: 'queue' })
  expect(routeOf(address.cash)).toEqual({ screen: 'cash' })
  expect(routeOf(address.job('job_0a-B_9'))).toEqual({ screen: 'job', job_id: 'job_0a-B_9' })
  expect(routeOf(address.contract('job_1'))).toEqual({ screen: 'contract', job_id: 'job_1' })
  expect(routeOf(address.pay('job_1'))).toEqual({ screen: 'pay', job_id: 'job_1', stage: null })
  expect(routeOf(address.pay('job_1', 2))).toEqual({ screen: 'pay', job_id: 'job_1', stage: 2 })
})

test('the code the office shows is read from the address', () => {
  expect(routeOf('#pair=AB%2DCD')).toEqual({ screen: 'pair', code: 'AB-CD' })
})

test('an address that means nothing leads to the day', () => {
  expect(routeOf('#/job/')).toEqual({ screen: 'today' })
  expect(routeOf('#/nowhere')).toEqual({ screen: 'today' })
})
