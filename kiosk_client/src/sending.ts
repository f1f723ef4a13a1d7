/** Sending the queue: at once when something is added or the network is back, otherwise with growing patience. */
import { changed, phone, unpaired } from './phone.svelte'
import { add, backOff, drop, flush, type NewEntry } from './queue'
import type { Problem } from './wire'

const SHOWN_AS_WAITING_AFTER_MS = 8000

let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Send all that waits. Returns when the queue is empty or the server cannot be reached. */
export async function sendNow(): Promise<void> {
  clearTimeout(timer)
  const { session } = phone
  if (!session?.token) return
  const ended = await flush(phone.db, session.technician.technician_id, () => {
    phone.sent += 1
    void changed()
  })
  await changed()
  failures = ended.outcome === 'later' ? failures + 1 : 0
  if (ended.outcome === 'unpaired') await unpaired()
  if (ended.outcome === 'later') {
    const wait = Math.max(backOff(failures), (ended.retry_after_seconds ?? 0) * 1000)
    clearTimeout(timer)
    timer = setTimeout(() => void sendNow(), wait)
  }
}

/**
 * Record something and send it. Returns `sent`, `waiting` when the network does not let it through now, or why the
 * server refused it: then nothing is recorded, because the person who can put it right is looking at it.
 */
export async function submit(entry: NewEntry): Promise<'sent' | 'waiting' | Problem> {
  const seq = await add(phone.db, entry, Date.now())
  await changed()
  await Promise.race([sendNow(), new Promise((resolve) => setTimeout(resolve, SHOWN_AS_WAITING_AFTER_MS))])
  const left = await phone.db.get('queue', seq)
  if (!left) return 'sent'
  if (!left.refusal) return 'waiting'
  await drop(phone.db, seq)
  await changed()
  return left.refusal
}
