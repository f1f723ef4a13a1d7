/** What the phone writes down before it is sent: a try at the card reader, and everything else done at the door. */
import type { Collect, Complete, Problem, Sign, TakePhoto } from './wire'

/** A try at the card reader. */
export interface Attempt {
  body: Collect
  /** The server has said that it knows this payment. */
  known: boolean
}

type Content =
  | { kind: 'signature'; contract_id: string; body: Sign }
  | { kind: 'completion'; body: Complete }
  | { kind: 'stage'; position: number; body: { invoice_id: string } }
  // The invoice of a job completed offline, or of a stage asked for offline, is not there yet: the cash waits for it.
  | { kind: 'cash'; currency: string; stage?: number; body: Unbilled }
  | { kind: 'photo'; picture: Blob; body: TakePhoto }

type Unbilled = Omit<Collect, 'invoice_id'> & { invoice_id: string | null }

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
