/**
 * What was done at the door, written down first and sent after: in order, once, whatever the network does.
 *
 * An entry leaves the queue only when the server has answered. Its id was made here, so that sending it again after a
 * crash is the same thing to the server. One tab sends at a time.
 */
import { Refused, Unanswered, Unpaired, get, post } from './api'
import { base64 } from './photos'
import { onInvoice, paidBy } from './sheet'
import { learned, type Store } from './store'
import type { Invoice, JobSheet, Payment, Photo, Problem, Stage } from './wire'
import type { Entry, NewEntry } from './written'

/** How a flush ended: nothing left to send, no answer (try later), or this phone is unpaired. */
export type Flushed = { outcome: 'done' | 'unpaired' } | { outcome: 'later'; retry_after_seconds: number | null }

const DELAYS_SECONDS = [1, 5, 30, 300]

/** Return how long to wait after `failures` unanswered tries in a row, in milliseconds. */
export function backOff(failures: number): number {
  return DELAYS_SECONDS[Math.min(failures, DELAYS_SECONDS.length) - 1]! * 1000
}

/** Write entries down in this order, all or none. When this returns they survive a crash. Returns their numbers. */
export async function add(db: Store, now: number, ...entries: NewEntry[]): Promise<number[]> {
  const tx = db.transaction('queue', 'readwrite', { durability: 'strict' })
  const seqs = []
  for (const entry of entries) seqs.push(await tx.store.add({ ...entry, queued_at: now, refusal: null, renewals: 0 }))
  await tx.done
  return seqs
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

/** Drop a refused entry, because a person said so. The photo of a cheque stays, as a photo of the job. */
export async function drop(db: Store, seq: number): Promise<void> {
  const tx = db.transaction('queue', 'readwrite')
  const entry = await tx.store.get(seq)
  for (const other of await tx.store.getAll()) {
    if (other.kind === 'photo' && entry?.kind === 'cash' && other.body.payment_id === entry.body.payment_id) {
      await tx.store.put({ ...other, body: { ...other.body, payment_id: null } })
    }
  }
  await tx.store.delete(seq)
  await tx.done
}

async function sendAll(db: Store, technician_id: string, changed: () => void): Promise<Flushed> {
  for (;;) {
    const all = await entries(db)
    const mine = all.filter((one) => one.technician_id === technician_id && sendable(one, all))
    // Photos are large and nothing waits for them: what was signed, done and paid goes first.
    const entry = mine.find((one) => one.kind !== 'photo') ?? mine[0]
    if (!entry) return { outcome: 'done' }
    try {
      const { answer, refusal } = await send(entry)
      learned.times += 1
      await settle(db, entry, answer, refusal)
    } catch (error) {
      if (error instanceof Unpaired) return { outcome: 'unpaired' }
      if (error instanceof Unanswered) return { outcome: 'later', retry_after_seconds: error.retry_after_seconds }
      if (!(error instanceof Refused)) throw error
      await db.put('queue', { ...entry, refusal: error.problem })
    }
    changed()
  }
}

function sendable(entry: Entry, all: Entry[]): boolean {
  return !entry.refusal && !(entry.kind === 'cash' && entry.body.invoice_id === null) && !awaits(entry, all)
}

/** Say whether a photo is of a cheque that was not sent itself. */
export function awaits(entry: Entry, all: Entry[]): boolean {
  const { payment_id } = entry.kind === 'photo' ? entry.body : { payment_id: null }
  return payment_id !== null && all.some((one) => one.kind === 'cash' && one.body.payment_id === payment_id)
}

/**
 * Send an entry and return the answer. A stage that somebody else asked for meanwhile was asked for; of a job that
 * somebody else completed the invoice is there for what was paid, and a person decides about the refused completion.
 */
async function send(entry: Entry): Promise<{ answer: unknown; refusal: Problem | null }> {
  const body = entry.kind === 'photo' ? { ...entry.body, content: await base64(entry.picture) } : entry.body
  try {
    return { answer: await post(address(entry), body, key(entry)), refusal: null }
  } catch (error) {
    if (!(error instanceof Refused) || !overtaken(entry, error.problem)) throw error
    const { invoice, stages } = await get<JobSheet>(`/jobs/${entry.job_id}`)
    const asked = stages?.find((stage) => entry.kind === 'stage' && stage.position === entry.position)?.invoice
    const answer = entry.kind === 'stage' ? asked : invoice
    if (!answer) throw error
    return { answer, refusal: entry.kind === 'stage' ? null : error.problem }
  }
}

function overtaken({ kind }: Entry, { code }: Problem): boolean {
  return (kind === 'stage' && code === 'stage_requested') || (kind === 'completion' && code === 'job_closed')
}

function address(entry: Entry): string {
  const job = `/jobs/${entry.job_id}`
  switch (entry.kind) {
    case 'signature':
      return `/contracts/${entry.contract_id}/signature`
    case 'completion':
      return `${job}/completion`
    case 'stage':
      return `${job}/stages/${entry.position}/invoice`
    case 'cash':
      return '/payments'
    case 'photo':
      return `${job}/photos`
  }
}

function key(entry: Entry): string {
  const id = madeHere(entry)
  return entry.renewals ? `${id}.${entry.renewals}` : id
}

function madeHere(entry: Entry): string {
  switch (entry.kind) {
    case 'signature':
      return entry.body.signature_id
    case 'completion':
      return entry.body.completion_id
    case 'stage':
      return entry.body.invoice_id
    case 'cash':
      return entry.body.payment_id
    case 'photo':
      return entry.body.photo_id
  }
}

/** Take the entry out, unless it was refused, and write what changed onto the job sheet: together or not at all. */
async function settle(db: Store, entry: Entry, answer: unknown, refusal: Problem | null): Promise<void> {
  const tx = db.transaction(['queue', 'sheets', 'pictures'], 'readwrite')
  const queue = tx.objectStore('queue')
  if (entry.kind === 'completion' || entry.kind === 'stage') {
    const stage = entry.kind === 'stage' ? entry.position : undefined
    for (const waiting of await queue.getAll()) {
      const mine = waiting.kind === 'cash' && waiting.job_id === entry.job_id && waiting.stage === stage
      if (mine && waiting.body.invoice_id === null) {
        waiting.body.invoice_id = (answer as Invoice).invoice_id
        await queue.put(waiting)
      }
    }
  }
  const sheet = await tx.objectStore('sheets').get(entry.job_id)
  if (sheet) await tx.objectStore('sheets').put(after(sheet, entry, answer))
  if (entry.kind === 'photo') await tx.objectStore('pictures').put(entry.picture, entry.body.photo_id)
  if (refusal) await queue.put({ ...entry, refusal })
  else await queue.delete(entry.seq!)
  await tx.done
}

function after(sheet: JobSheet, entry: Entry, answer: unknown): JobSheet {
  if (entry.kind === 'completion') return { ...sheet, status: 'completed', invoice: answer as Invoice }
  if (entry.kind === 'cash') return withPayment(sheet, answer as Payment)
  if (entry.kind === 'photo') return { ...sheet, photos: [...(sheet.photos ?? []), answer as Photo] }
  if (entry.kind === 'stage') return { ...sheet, stages: staged(sheet.stages ?? [], entry.position, answer as Invoice) }
  const { signature_id, signer_name, signed_at, strokes, witness } = entry.body
  const method = strokes ? 'strokes' : 'typed_name'
  const signature = { signature_id, signer_name, signed_at, method, witness_name: witness?.name ?? null } as const
  const signed = sheet.contract?.contract_id === entry.contract_id
  return signed ? { ...sheet, contract: { ...sheet.contract!, status: 'signed', signature } } : sheet
}

function staged(stages: Stage[], position: number, invoice: Invoice): Stage[] {
  return stages.map((stage) => (stage.position === position ? { ...stage, invoice } : stage))
}

/** Return the sheet with this payment on it, new or changed, and the balance it left on the invoice it is for. */
export function withPayment(sheet: JobSheet, payment: Payment): JobSheet {
  const payments = [...sheet.payments.filter((one) => one.payment_id !== payment.payment_id), payment]
  const { balance_minor } = payment
  return onInvoice({ ...sheet, payments }, paidBy(payment), (invoice) => {
    const paid_minor = Math.max(0, invoice.total_minor - (invoice.taken_off_minor ?? 0) - balance_minor)
    const status = balance_minor === 0 ? 'paid' : paid_minor > 0 ? 'partly_paid' : invoice.status
    return { ...invoice, status, balance_minor, paid_minor }
  })
}
