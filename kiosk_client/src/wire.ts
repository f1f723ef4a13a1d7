/** What travels between the phone and the server: the shapes of `schemas/`, as far as the phone uses them. */

export type Language = 'fr' | 'en'

export interface Technician {
  technician_id: string
  name: string
  language: string
}

export interface PairedDevice {
  device_id: string
  token: string
  technician: Technician
}

export interface Me {
  technician: Technician | null
  device_id: string | null
  business_name: string
  currency: string
  time_zone: string
}

export interface Address {
  line1: string
  line2: string | null
  city: string | null
  region: string | null
  postal_code: string | null
  country: string | null
}

export interface Customer {
  customer_id: string
  name: string
  kind: 'business' | 'consumer'
  email: string | null
  phone: string | null
  language: Language
  addresses: Address[]
}

export interface Line {
  description: string
  quantity: string
  unit_price_minor: number
  amount_minor: number
}

export interface Tax {
  tax_code: string
  name: string
  rate: string
  amount_minor: number
}

export interface Totals {
  subtotal_minor: number
  taxes: Tax[]
  total_minor: number
  currency: string
}

export interface Signature {
  signature_id: string
  signer_name: string
  signed_at: string
  method: 'strokes' | 'typed_name'
  witness_name: string | null
}

export interface Contract {
  contract_id: string
  job_id: string
  status: 'presented' | 'signed' | 'superseded' | 'void'
  language: Language
  title: string
  clauses: { heading: string; text: string }[]
  document_sha256: string
  total_minor: number
  currency: string
  signature: Signature | null
}

export interface Sign {
  signature_id: string
  signer_name: string
  signed_at: string
  document_sha256: string
  strokes?: number[][][]
  typed_name?: string
  witness?: { name: string }
}

export interface Complete {
  completion_id: string
  completed_at: string
}

/** Money to be paid before the work is done, and the request for it once somebody asked. */
export interface Stage {
  position: number
  label: string
  amount_minor: number
  when: 'on_signature' | 'on_date' | 'on_milestone'
  on: string | null
  invoice: Invoice | null
}

export interface Invoice {
  invoice_id: string
  number: string
  job_id: string
  status: 'issued' | 'partly_paid' | 'paid' | 'void' | 'written_off'
  due_on: string
  currency: string
  total_minor: number
  paid_minor: number
  /** What was credited, let go or withdrawn since; a sheet kept from before does not say. */
  taken_off_minor?: number
  /** What was refunded of money that never came in the end: owed beside the total. */
  owed_back_minor?: number
  balance_minor: number
  pay_url: string | null
}

export type Method = 'card_reader' | 'mobile_reader' | 'pay_link' | 'cash' | 'cheque' | 'bank_transfer' | 'card_on_file'
export type PaymentStatus = 'created' | 'waiting' | 'processing' | 'unknown' | 'succeeded' | 'failed' | 'canceled'

export type PhotoKind = 'before' | 'after' | 'damage' | 'cheque' | 'other'

/** What is said of a photo; its picture travels beside it. */
export interface TakePhoto {
  photo_id: string
  kind: PhotoKind
  caption: string | null
  taken_at: string
  payment_id: string | null
}

export interface Photo extends TakePhoto {
  taken_by: string | null
}

/** What a customer agrees to when their card is kept, and that they did. */
export interface ConsentText {
  text: string
  text_sha256: string
  language: Language
}

export interface Consent {
  text_sha256: string
  language: Language
  said_by: string
}

export interface Collect {
  payment_id: string
  invoice_id: string
  method: Method
  amount_minor: number
  reader_id?: string
  /** The number of the reader's lease as it was last seen: refused if somebody took the reader since. */
  reader_fence?: number
  save_card?: Consent
  reference?: string
}

export interface Payment {
  payment_id: string
  invoice_id: string
  method: Method
  status: PaymentStatus
  amount_minor: number
  /** What of it is for which invoice; a sheet kept by an older app has none. */
  shares?: { invoice_id: string; amount_minor: number }[]
  /** Given beside the amount. */
  tip_minor?: number
  /** What of it came beyond what was owed. */
  beyond_minor?: number
  /** The payment that this one repeated: a phone forwarded one card twice. */
  double_of?: string | null
  currency: string
  /** `interac_present` goes back to the very card that paid, at a reader. A sheet kept by an older app has none. */
  card_kind?: string | null
  reference: string | null
  reader_id: string | null
  failure: { code: string; message: string; what_to_do: string } | null
  created_at: string
  settled_at: string | null
  /** Since when nobody knows the outcome. */
  unknown_since: string | null
  /** When money that had come was taken back: it does not count any more. */
  reversed_at: string | null
  reversal_reason: string | null
  /** The number under which it began on its reader. */
  reader_fence: number | null
  balance_minor: number
  /** Of a bank debit: the day by which the bank has usually answered. */
  expected_on: string | null
  /** With `processing`: until when the card holds the amount; nothing is paid yet. */
  capture_before: string | null
}

/** Money of a payment that goes back; `waiting` is for its card at the reader. */
export interface Refund {
  refund_id: string
  status:
    | 'awaiting_approval'
    | 'created'
    | 'waiting'
    | 'unknown'
    | 'processing'
    | 'succeeded'
    | 'failed'
    | 'canceled'
  amount_minor: number
  /** Of the amount, what is of the tip. */
  tip_minor: number
  currency: string
  reason: string
  failure: { code: string; message: string; what_to_do: string } | null
}

/** Where a receipt went. */
export interface ReceiptSending {
  channel: 'email' | 'text'
  to: string | null
  status: string
}

export interface Receipt {
  receipt_id: string
  payment_id: string
  kind: 'payment' | 'declined' | 'refund' | 'refund_failed'
  number: string
  url: string
  sendings: ReceiptSending[]
}

export interface Reader {
  reader_id: string
  label: string
  technician_id: string | null
  van: string | null
  lease: { held_by: string | null; held_until: string | null; is_mine: boolean; fence: number }
  status: 'online' | 'offline' | null
}

/** A reader, and what the card service says it is doing this moment. */
export interface CheckedReader extends Reader {
  doing: { code: string; message: string; what_to_do: string }
}

export interface JobSheet {
  job_id: string
  title: string
  status: 'scheduled' | 'en_route' | 'in_progress' | 'completed' | 'canceled'
  currency: string
  scheduled_at: string
  site_address: Address | null
  po_number: string | null
  deposit_minor: number | null
  /** Of the contract: what is paid before the work is done. Sheets kept by an older phone have none. */
  stages?: Stage[]
  /** On what terms the house works for the customer; `hold` is money first, `stop` is not at all. */
  terms?: { standing: 'ok' | 'watch' | 'hold' | 'stop'; up_front_percent: number }
  lines: Line[]
  totals: Totals
  customer: Customer
  contract: Contract | null
  invoice: Invoice | null
  payments: Payment[]
  /** Sheets kept by an older phone have none. */
  photos?: Photo[]
}

export interface Held {
  currency: string
  cash_minor: number
  waiting_minor: number
}

export interface Cheque {
  payment_id: string
  amount_minor: number
  currency: string
  reference: string | null
  customer_name: string
  is_waiting: boolean
}

export interface Float {
  technician_id: string | null
  cash: Held[]
  cheques: Cheque[]
}

export interface Handover {
  handover_id: string
  status: 'waiting' | 'countersigned' | 'rejected'
  amount_minor: number
  cheques_minor: number
  currency: string
  reason: string | null
  created_at: string
}

/** An error, as RFC 9457 has it. */
export interface Problem {
  status: number
  code: string
  detail: string
  errors?: Record<string, unknown>
  /** Who holds the reader that was asked for, and until when. */
  held_by?: string
  held_until?: string
}
