/** How a job stands at the door: what the server said, and what this phone has written down but not sent yet. */
import type { Entry } from './queue'
import type { Address, JobSheet } from './wire'

export interface DoorState {
  /** `reissue`: it was signed or shown for less than the job now costs. */
  contract: 'none' | 'presented' | 'signing' | 'signed' | 'reissue'
  done: 'no' | 'waiting' | 'yes'
  total_minor: number
  /** What is still owed, counting cash that waits to be sent. */
  owed_minor: number
  waiting: number
}

/** Return how the job stands. `queued` may hold entries of other jobs. */
export function doorState(sheet: JobSheet, queued: Entry[]): DoorState {
  const mine = queued.filter((entry) => entry.job_id === sheet.job_id && !entry.refusal)
  const total_minor = sheet.invoice?.total_minor ?? sheet.totals.total_minor
  const cash = mine.reduce((sum, entry) => sum + (entry.kind === 'cash' ? entry.body.amount_minor : 0), 0)
  return {
    contract: contractState(sheet, mine),
    done: sheet.invoice ? 'yes' : mine.some((entry) => entry.kind === 'completion') ? 'waiting' : 'no',
    total_minor,
    owed_minor: Math.max(0, (sheet.invoice?.balance_minor ?? total_minor) - cash),
    waiting: mine.length,
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

/** Return where the work is: the site, or else the customer's first address. */
export function siteOf(sheet: JobSheet): Address | null {
  return sheet.site_address ?? sheet.customer.addresses[0] ?? null
}
