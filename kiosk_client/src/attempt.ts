/**
 * One try at the card reader, followed until its end is known.
 *
 * The try is written down before it is sent. Until the server has answered, the same request is sent again, never a
 * new one; after that the server is asked how it stands. A reload or a crash picks up the same try.
 */
import { Refused, Unanswered, Unpaired, get, post } from './api'
import type { Store } from './store'
import type { Payment, Problem } from './wire'
import type { Attempt } from './written'

/** How a try stands: not answered yet (and how often in a row), refused before it began, or what the server says. */
export type Standing =
  | { phase: 'asking'; failures: number }
  | { phase: 'refused'; problem: Problem }
  | { phase: 'known'; payment: Payment; failures: number }

/** A try being followed. `look` asks at once; `stop` stops asking, without ending the payment. */
export interface Followed {
  look(): void
  stop(): void
  ended: Promise<void>
}

export const ENDED = new Set<Payment['status']>(['succeeded', 'failed', 'canceled'])

/** Return how long to wait before the next question, in milliseconds: a second for the first minute, then less often. */
export function pace(asked: number, failures: number): number {
  if (failures > 0) return Math.min(1000 * 2 ** failures, 15_000)
  return asked < 60 ? 1000 : asked < 120 ? 2000 : 5000
}

/**
 * Write a try down. When this returns it survives a crash. Returns the try to follow: the one already under way for
 * the invoice, if there is one, as after a second tap or in another tab.
 */
export async function begin(db: Store, attempt: Attempt): Promise<Attempt> {
  const tx = db.transaction('attempts', 'readwrite', { durability: 'strict' })
  const open = await tx.store.get(attempt.body.invoice_id)
  if (!open) await tx.store.add(attempt)
  await tx.done
  return open ?? attempt
}

/** Follow a try until it ended, was refused, or nobody looks any more. Raises Unpaired. */
export function follow(db: Store, attempt: Attempt, tell: (standing: Standing) => void): Followed {
  let stopped = false
  let wake = () => {}
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => (clearTimeout(timer), resolve())
    })

  async function run(): Promise<void> {
    let last: Payment | null = null
    let failures = 0
    for (let asked = 0; !stopped; asked++) {
      try {
        const payment = await ask(db, attempt)
        failures = 0
        if (ENDED.has(payment.status)) await db.delete('attempts', attempt.body.invoice_id)
        if (stopped) return
        tell({ phase: 'known', payment, failures })
        if (ENDED.has(payment.status)) return
        last = payment
      } catch (error) {
        if (error instanceof Refused && !(error instanceof Unpaired)) {
          await db.delete('attempts', attempt.body.invoice_id)
          if (!stopped) tell({ phase: 'refused', problem: error.problem })
          return
        }
        if (!(error instanceof Unanswered)) throw error
        failures += 1
        if (!stopped) tell(last ? { phase: 'known', payment: last, failures } : { phase: 'asking', failures })
      }
      if (!stopped) await rest(pace(asked, failures))
    }
  }

  return { look: () => wake(), stop: () => ((stopped = true), wake()), ended: run() }
}

async function ask(db: Store, attempt: Attempt): Promise<Payment> {
  const { payment_id } = attempt.body
  if (attempt.known) return await get<Payment>(`/payments/${payment_id}`)
  const payment = await post<Payment>('/payments', attempt.body, payment_id)
  attempt.known = true
  await db.put('attempts', { ...attempt })
  return payment
}
