/** Sending the queue: at once when something is added or the network is back, otherwise with growing patience. */
import { changed, phone, unpaired } from './phone.svelte'
import { add, backOff, drop, flush } from './queue'
import type { Problem } from './wire'
import type { NewEntry } from './written'

const SHOWN_AS_WAITING_AFTER_MS = 8000

/** Who waits to hear that an entry was answered. */
const watching = new Set<() => void>()
let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Send all that waits. Returns when the queue is empty or the server cannot be reached. */
export async function sendNow(): Promise<void> {
  clearTimeout(timer)
  const { session } = phone
  if (!session?.token) return
  const ended = await flush(phone.db, session.technician.technician_id, () => {
    void changed()
    watching.forEach((look) => look())
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
 * Record something, with what belongs to it, and send it. Returns `sent`, `waiting` when the network does not let it
 * through now, or why the server refused it: then nothing is recorded, because the person who can put it right is
 * looking at it.
 */
export async function submit(entry: NewEntry, ...beside: NewEntry[]): Promise<'sent' | 'waiting' | Problem> {
  const [seq, ...others] = (await add(phone.db, Date.now(), entry, ...beside)) as [number, ...number[]]
  await changed()
  await answered(seq)
  const left = await phone.db.get('queue', seq)
  if (!left) return 'sent'
  if (!left.refusal) return 'waiting'
  for (const each of [...others, seq]) await drop(phone.db, each)
  await changed()
  return left.refusal
}

/** Send, and wait until this entry was answered, the network gave up, or a person would. */
async function answered(seq: number): Promise<void> {
  let look = () => {}
  await new Promise<void>((resolve) => {
    look = async () => {
      const left = await phone.db.get('queue', seq)
      if (!left || left.refusal) resolve()
    }
    watching.add(look)
    void sendNow().then(resolve)
    setTimeout(resolve, SHOWN_AS_WAITING_AFTER_MS)
  })
  watching.delete(look)
}

/** Record something that nobody waits for. */
export async function record(...entries: NewEntry[]): Promise<void> {
  await add(phone.db, Date.now(), ...entries)
  await changed()
  void sendNow()
}
