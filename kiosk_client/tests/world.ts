/** A phone for tests: a fresh memory, a lock shared by its tabs, and a network that answers as told. */
import 'fake-indexeddb/auto'
import { beforeEach, vi } from 'vitest'
import type { NewEntry } from '../src/written'
import { open, type Store } from '../src/store'
import type { Invoice, JobSheet, Payment, Stage, TakePhoto } from '../src/wire'

export interface Sent {
  method: string
  path: string
  key: string | null
  body: Record<string, unknown>
}

type Answer = Response | 'lost' | ((sent: Sent) => Response | Promise<Response>)

/** What reached the network, in order. */
export const sent: Sent[] = []
let answers: Answer[] = []

/** What the network will say, one answer a request; `lost` reaches the server, and its answer never comes back. */
export function network(...next: Answer[]): void {
  answers = next
}

export function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type, ...headers } })
}

export function problem(status: number, code: string, detail = code): Response {
  return json(status, { status, code, detail })
}

let line = Promise.resolve<unknown>(undefined)
let phones = 0

beforeEach(() => {
  sent.length = 0
  answers = []
  line = Promise.resolve()
  vi.stubGlobal('navigator', {
    locks: { request: (_name: string, work: () => Promise<unknown>) => (line = line.then(work, work)) },
  })
  vi.stubGlobal(
    'fetch',
    async (path: string, { method, headers, body }: RequestInit & { headers: Record<string, string> }) => {
      const key = headers['Idempotency-Key'] ?? null
      const request = {
        method: method!,
        path: path.replace('/api/v1', ''),
        key,
        body: JSON.parse((body as string) ?? '{}'),
      }
      sent.push(request)
      const answer = answers.shift()
      if (answer === undefined) throw new Error(`nobody expected ${method} ${path}`)
      if (answer === 'lost') throw new TypeError('Failed to fetch')
      return typeof answer === 'function' ? answer(request) : answer
    },
  )
})

export async function phone(): Promise<{ db: Store; again: () => Promise<Store> }> {
  const name = `phone-${phones++}`
  return { db: await open(name), again: () => open(name) }
}

export function completion(job_id = 'job_1', completion_id = `cmp_${job_id}`): NewEntry {
  return {
    kind: 'completion',
    job_id,
    technician_id: 'stf_1',
    body: { completion_id, completed_at: '2026-11-21T10:00:00Z' },
  }
}

export function cash(invoice_id: string | null, job_id = 'job_1', payment_id = 'pay_1'): NewEntry {
  const body = { payment_id, invoice_id, method: 'cash' as const, amount_minor: 10000 }
  return { kind: 'cash', job_id, technician_id: 'stf_1', currency: 'CAD', body }
}

export function signature(contract_id = 'con_1', job_id = 'job_1'): NewEntry {
  const body = {
    signature_id: 'sig_1',
    signer_name: 'Anne Roy',
    signed_at: '2026-11-21T09:00:00Z',
    document_sha256: 'a'.repeat(64),
    typed_name: 'Anne Roy',
  }
  return { kind: 'signature', contract_id, job_id, technician_id: 'stf_1', body }
}

export function photo(more: Partial<TakePhoto> = {}, job_id = 'job_1'): NewEntry {
  const said = { photo_id: 'pho_1', kind: 'before' as const, caption: null, taken_at: '2026-11-21T09:30:00Z' }
  const picture = new Blob([new Uint8Array([255, 216, 255, 217])], { type: 'image/jpeg' })
  return { kind: 'photo', job_id, technician_id: 'stf_1', picture, body: { ...said, payment_id: null, ...more } }
}

export function askStage(position = 1, job_id = 'job_1'): NewEntry {
  return { kind: 'stage', job_id, technician_id: 'stf_1', position, body: { invoice_id: 'inv_deposit' } }
}

export function stage(more: Partial<Stage> = {}): Stage {
  return { position: 1, label: 'Acompte', amount_minor: 10000, when: 'on_signature', on: null, invoice: null, ...more }
}

export function invoice(more: Partial<Invoice> = {}): Invoice {
  return {
    invoice_id: 'inv_1',
    number: '2026-0001',
    job_id: 'job_1',
    status: 'issued',
    due_on: '2026-12-21',
    currency: 'CAD',
    total_minor: 28744,
    paid_minor: 0,
    balance_minor: 28744,
    pay_url: 'https://pay.test/p/x',
    ...more,
  }
}

export function payment(more: Partial<Payment> = {}): Payment {
  return {
    payment_id: 'pay_1',
    invoice_id: 'inv_1',
    method: 'card_reader',
    status: 'waiting',
    amount_minor: 28744,
    currency: 'CAD',
    reference: null,
    reader_id: 'tmr_1',
    failure: null,
    created_at: '2026-11-21T10:00:00Z',
    settled_at: null,
    unknown_since: null,
    reversed_at: null,
    reversal_reason: null,
    reader_fence: null,
    balance_minor: 28744,
    expected_on: null,
    capture_before: null,
    ...more,
  }
}

export function sheet(more: Partial<JobSheet> = {}): JobSheet {
  return {
    job_id: 'job_1',
    title: 'Panneau 200 A',
    status: 'scheduled',
    currency: 'CAD',
    scheduled_at: '2026-11-21T14:00:00Z',
    site_address: null,
    po_number: null,
    deposit_minor: null,
    lines: [],
    totals: { subtotal_minor: 25000, taxes: [], total_minor: 28744, currency: 'CAD' },
    customer: {
      customer_id: 'cus_1',
      name: 'Anne Roy',
      kind: 'consumer',
      email: null,
      phone: null,
      language: 'fr',
      addresses: [],
    },
    contract: {
      contract_id: 'con_1',
      job_id: 'job_1',
      status: 'presented',
      language: 'fr',
      title: 'Contrat',
      clauses: [],
      document_sha256: 'a'.repeat(64),
      total_minor: 28744,
      currency: 'CAD',
      signature: null,
    },
    invoice: null,
    payments: [],
    ...more,
  }
}
