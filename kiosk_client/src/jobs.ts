/** Fetching jobs, and keeping what is needed to work without a network. */
import { get, picture } from './api'
import { changed, phone } from './phone.svelte'
import { keepDay, learned } from './store'
import type { Invoice, JobSheet } from './wire'

/** Fetch a day and keep it. Raises Refused, Unanswered. */
export async function fetchDay(on: string): Promise<void> {
  const { times } = learned
  const { items } = await get<{ items: JobSheet[] }>(`/jobs?technician=me&on=${on}&limit=200`)
  if (learned.times !== times) return fetchDay(on)
  items.sort((one, other) => one.scheduled_at.localeCompare(other.scheduled_at))
  await keepDay(phone.db, on, items, Date.now())
  await changed()
  for (const sheet of items) if (sheet.invoice) await keepCode(sheet.invoice)
}

/** Fetch one job again. Raises Refused, Unanswered. */
export async function fetchSheet(job_id: string): Promise<JobSheet> {
  const { times } = learned
  const sheet = await get<JobSheet>(`/jobs/${job_id}`)
  if (learned.times !== times) return fetchSheet(job_id)
  await keepSheet(sheet)
  return sheet
}

/** Keep what is newer than whatever is being fetched. */
export async function keepSheet(sheet: JobSheet): Promise<void> {
  learned.times += 1
  await phone.db.put('sheets', sheet)
  await changed()
}

/** Keep the QR of the pay link, so that it can be shown without a network. Raises Refused, Unanswered. */
export async function keepCode({ invoice_id, balance_minor, pay_url }: Invoice): Promise<void> {
  if (balance_minor === 0 || !pay_url || (await phone.db.getKey('codes', pay_url))) return
  await phone.db.put('codes', await picture(`/invoices/${invoice_id}/qr.svg`), pay_url)
}
