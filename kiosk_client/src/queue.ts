/**
 * What was done at the door, written down first and sent after: in order, once, whatever the network does.
 *
 * An entry leaves the queue only when the server has answered. Its id was made here, so that sending it again after a
 * crash is the same thing to the server. One tab sends at a time.
 */
import { Refused, Unanswered, Unpaired, post } from './api'
import type { Store } from './store'
import type { Collect, Complete, Invoice, JobSheet, Payment, Problem, Sign } from './wire'

type Content =
  | { kind: 'signature'; contract_id: string; body: Sign }
  | { kind: 'completion'; body: Complete }
  // The invoice of a job completed offline has no id yet: the cash waits for it.
  | { kind: 'cash'; currency: string; body: Omit<Collect, 'invoice_id'> & { invoice_id: string | null } }

export type Entry = Content & {
  seq?: number
  technician_id: string
  job_id: string
  queued_at: number
  /** Why the server said no. Kept until a person decides. */
  refusal: Problem | null
  /** How often a person asked again after a no: a new key, because the server repeats its answer to the old one. */
  renewals: number
}

export type NewEntry = Content & Pick<Entry, 'technician_id' | 'job_id'>

/** How a flush ended: nothing left to send, no answer (try later), or this phone is unpaired. */
export type Flushed = { outcome: 'done' | 'unpaired' } | { outcome: 'later'; retry_after_seconds: number | null }

const DELAYS_SECONDS = [1, 5, 30, 300]

/** Return how long to wait after `failures` unanswered tries in a row, in milliseconds. */
export function backOff(failures: number): number {
  return DELAYS_SECONDS[Math.min(failures, DELAYS_SECONDS.length) - 1]! * 1000
}

/** Write an entry down. When this returns it survives a crash. */
export async function add(db: Store, entry: NewEntry, now: number): Promise<number> {
  const written: Entry = { ...entry, queued_at: now, refusal: null, renewals: 0 }
  const tx = db.transaction('queue', 'readwrite', { durability: 'strict' })
  const seq = await tx.store.add(written)
  await tx.done
  return seq
}

/** Return all that is waiting or was refused, oldest first. */
export function entries(db: Store): Promise<Entry[]> {
  return db.getAll('queue')
}

/** Send what this technician may send, oldest first. Entries of another technician wait for their own pairing. */
export function flush(db: Store, technician_id: string, changed: () => void): Promise<Flushed> {
  // Web Locks need a secure context; without them the server still counts everything once.
  if (!navigator.locks) return sendAll(db, technician_id, changed)
  return navigator.locks.request('fieldpay-queue', () => sendAll(db, technician_id, changed))
}

/** Put a refused entry back in the line. */
export async function renew(db: Store, seq: number): Promise<void> {
  const entry = await db.get('queue', seq)
  if (entry) await db.put('queue', { ...entry, refusal: null, renewals: entry.renewals + 1 })
}

/** Drop a refused entry, because a person said so. */
export async function drop(db: Store, seq: number): Promise<void> {
  await db.delete('queue', seq)
}

async function sendAll(db: Store, technician_id: string, changed: () => void): Promise<Flushed> {
  for (;;) {
    const entry = (await entries(db)).find((one) => one.technician_id === technician_id && sendable(one))
    if (!entry) return { outcome: 'done' }
    try {
      await settle(db, entry, await post(address(entry), entry.body, key(entry)))
    } catch (error) {
      if (error instanceof Unpaired) return { outcome: 'unpaired' }
      if (error instanceof Unanswered) return { outcome: 'later', retry_after_seconds: error.retry_after_seconds }
      if (!(error instanceof Refused)) throw error
      await db.put('queue', { ...entry, refusal: error.problem })
    }
    changed()
  }
}

function sendable(entry: Entry): boolean {
  return !entry.refusal && !(entry.kind === 'cash' && entry.body.invoice_id === null)
}

function address(entry: Entry): string {
  if (entry.kind === 'signature') return `/contracts/${entry.contract_id}/signature`
  return entry.kind === 'completion' ? `/jobs/${entry.job_id}/completion` : '/payments'
}

function key(entry: Entry): string {
  const id = madeHere(entry)
  return entry.renewals ? `${id}.${entry.renewals}` : id
}

function madeHere(entry: Entry): string {
  if (entry.kind === 'signature') return entry.body.signature_id
  return entry.kind === 'completion' ? entry.body.completion_id : entry.body.payment_id
}

/** Take the entry out, and write what it changed onto the job sheet: together or not at all. */
async function settle(db: Store, entry: Entry, answer: unknown): Promise<void> {
  const tx = db.transaction(['queue', 'sheets'], 'readwrite')
  const queue = tx.objectStore('queue')
  if (entry.kind === 'completion') {
    for (const waiting of await queue.getAll()) {
      if (waiting.kind === 'cash' && waiting.job_id === entry.job_id && waiting.body.invoice_id === null) {
        waiting.body.invoice_id = (answer as Invoice).invoice_id
        await queue.put(waiting)
      }
    }
  }
  const sheet = await tx.objectStore('sheets').get(entry.job_id)
  if (sheet) await tx.objectStore('sheets').put(after(sheet, entry, answer))
  await queue.delete(entry.seq!)
  await tx.done
}

function after(sheet: JobSheet, entry: Entry, answer: unknown): JobSheet {
  if (entry.kind === 'completion') return { ...sheet, status: 'completed', invoice: answer as Invoice }
  if (entry.kind === 'cash') return withPayment(sheet, answer as Payment)
  const { signature_id, signer_name, signed_at, strokes, witness } = entry.body
  const method = strokes ? 'strokes' : 'typed_name'
  const signature = { signature_id, signer_name, signed_at, method, witness_name: witness?.name ?? null } as const
  const signed = sheet.contract?.contract_id === entry.contract_id
  return signed ? { ...sheet, contract: { ...sheet.contract!, status: 'signed', signature } } : sheet
}

/** Return the sheet with this payment on it, new or changed, and the balance it left. */
export function withPayment(sheet: JobSheet, payment: Payment): JobSheet {
  const payments = [...sheet.payments.filter((one) => one.payment_id !== payment.payment_id), payment]
  if (!sheet.invoice) return { ...sheet, payments }
  const { balance_minor } = payment
  const paid_minor = sheet.invoice.total_minor - balance_minor
  const status = balance_minor === 0 ? 'paid' : paid_minor > 0 ? 'partly_paid' : sheet.invoice.status
  return { ...sheet, payments, invoice: { ...sheet.invoice, status, balance_minor, paid_minor } }
}
