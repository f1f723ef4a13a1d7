/** How a job stands at the door: what the server said, and what this phone has written down but not sent yet. */
import type { Address, Invoice, JobSheet, Payment, Stage } from './wire'
import type { Entry } from './written'

export interface DoorState {
  /** `reissue`: it was signed or shown for less than the job now costs. */
  contract: 'none' | 'presented' | 'signing' | 'signed' | 'reissue'
  done: 'no' | 'waiting' | 'yes'
  total_minor: number
  /** What is still owed, counting cash that waits to be sent. */
  owed_minor: number
  /** What should be paid before the work begins, and is not. */
  first_minor: number
  /** Whether nobody knows yet if the invoice of the work was paid. */
  unsure: boolean
  waiting: number
  /** Before the work is done: whether the house works for this customer for money first, or not at all. */
  credit: 'ok' | 'hold' | 'stop'
}

/** What is collected on one pay sheet: the invoice of the work, or a stage of the contract before it. */
export interface Due {
  stage: Stage | null
  /** Null while only this phone knows that it is due. */
  invoice: Invoice | null
  total_minor: number
  /** What is still owed, counting cash that waits to be sent. */
  owed_minor: number
}

/** Return what is collected: `position` names a stage, null the work itself. `queued` may hold entries of other jobs. */
export function dueOf(sheet: JobSheet, queued: Entry[], position: number | null): Due {
  const cash = queued.flatMap((one) => (one.job_id === sheet.job_id && one.kind === 'cash' && !one.refusal ? one : []))
  const stage = (sheet.stages ?? []).find((one) => one.position === position) ?? null
  const invoice = stage ? stage.invoice : sheet.invoice
  const mine = ({ body, stage }: (typeof cash)[number]) =>
    body.invoice_id === null ? (stage ?? null) === position : body.invoice_id === invoice?.invoice_id
  const waiting_minor = cash.filter(mine).reduce((sum, one) => sum + one.body.amount_minor, 0)
  const total_minor = invoice?.total_minor ?? stage?.amount_minor ?? sheet.totals.total_minor
  const before_minor = stage || invoice ? 0 : paidBefore(sheet, queued)
  const owed_minor = Math.max(0, (invoice?.balance_minor ?? total_minor) - waiting_minor - before_minor)
  return { stage, invoice, total_minor, owed_minor }
}

/** Return what was paid before the work was done: the invoice to come will take it. */
function paidBefore(sheet: JobSheet, queued: Entry[]): number {
  const dues = (sheet.stages ?? []).map((stage) => dueOf(sheet, queued, stage.position))
  return dues.reduce((sum, due) => sum + due.total_minor - due.owed_minor, 0)
}

/** Return how the job stands. `queued` may hold entries of other jobs. */
export function doorState(sheet: JobSheet, queued: Entry[]): DoorState {
  const mine = queued.filter((entry) => entry.job_id === sheet.job_id && !entry.refusal)
  const { total_minor, owed_minor } = dueOf(sheet, queued, null)
  const done = sheet.invoice ? 'yes' : mine.some((entry) => entry.kind === 'completion') ? 'waiting' : 'no'
  const standing = sheet.terms?.standing
  const first = done === 'no' ? (sheet.stages ?? []).filter((stage) => stage.when === 'on_signature') : []
  return {
    contract: contractState(sheet, mine),
    done,
    total_minor,
    owed_minor,
    first_minor: first.reduce((sum, stage) => sum + dueOf(sheet, queued, stage.position).owed_minor, 0),
    unsure: sheet.payments.some((one) => one.status === 'unknown' && paidBy(one) === sheet.invoice?.invoice_id),
    waiting: mine.length,
    credit: done === 'no' && (standing === 'hold' || standing === 'stop') ? standing : 'ok',
  }
}

function contractState(sheet: JobSheet, mine: Entry[]): DoorState['contract'] {
  const { contract } = sheet
  if (!contract || contract.status === 'superseded' || contract.status === 'void') return 'none'
  if (!sheet.invoice && sheet.totals.total_minor > contract.total_minor) return 'reissue'
  if (contract.status === 'signed') return 'signed'
  const signing = mine.some((entry) => entry.kind === 'signature' && entry.contract_id === contract.contract_id)
  return signing ? 'signing' : 'presented'
}

/** Return the invoice that a payment pays, the first of several: for a deposit that came late, that of the work. */
export function paidBy(payment: Payment): string {
  return payment.shares?.[0]?.invoice_id ?? payment.invoice_id
}

/** Return what of a payment is for this job: one payment may be for the invoices of several. */
export function partOf(payment: Payment, sheet: JobSheet): number {
  const ours = [sheet.invoice, ...(sheet.stages ?? []).map((stage) => stage.invoice)].map((one) => one?.invoice_id)
  const shares = payment.shares ?? []
  if (shares.length < 2) return payment.amount_minor
  const mine = shares.filter((share) => ours.includes(share.invoice_id))
  return mine.reduce((sum, share) => sum + share.amount_minor, 0)
}

/** Return the sheet with one of its invoices changed: that of the work, or of a stage. */
export function onInvoice(sheet: JobSheet, invoice_id: string, change: (invoice: Invoice) => Invoice): JobSheet {
  const changed = (invoice: Invoice | null) => (invoice?.invoice_id === invoice_id ? change(invoice) : invoice)
  const stages = (sheet.stages ?? []).map((stage) => ({ ...stage, invoice: changed(stage.invoice) }))
  return { ...sheet, invoice: changed(sheet.invoice), stages }
}

/** Return where the work is: the site, or else the customer's first address. */
export function siteOf(sheet: JobSheet): Address | null {
  return sheet.site_address ?? sheet.customer.addresses[0] ?? null
}
