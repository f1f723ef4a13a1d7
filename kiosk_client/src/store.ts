/** What the phone remembers, in IndexedDB: who it belongs to, the day's jobs, what is waiting to be sent. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { JobSheet, Language, Me, Reader, Technician } from './wire'
import type { Attempt, Entry } from './written'

/** Who the phone is paired to. After the office unpaired it the token is gone, and the queue waits. */
export interface Session {
  token: string | null
  technician: Technician
  me: Me | null
}

/** Single things worth remembering. */
export interface Kept {
  session: Session
  language: Language
  reader_id: string
  readers: Reader[]
}

/** The jobs of one day, in order, as the server last told them (milliseconds). */
export interface Day {
  on: string
  job_ids: string[]
  fetched_at: number
}

interface Shape extends DBSchema {
  kept: { key: string; value: Kept[keyof Kept] }
  days: { key: string; value: Day }
  sheets: { key: string; value: JobSheet }
  /** QR codes as SVG, by the link they lead to. */
  codes: { key: string; value: string }
  attempts: { key: string; value: Attempt }
  queue: { key: number; value: Entry }
  /** Photos that were sent or looked at, by their id. */
  pictures: { key: string; value: Blob }
}

export type Store = IDBPDatabase<Shape>

/** How often something new was learned of a job: what was being fetched meanwhile may be from before. */
export const learned = { times: 0 }

/** Open the phone's memory, making it the first time. */
export function open(name = 'fieldpay'): Promise<Store> {
  return openDB<Shape>(name, 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore('kept')
        db.createObjectStore('days', { keyPath: 'on' })
        db.createObjectStore('sheets', { keyPath: 'job_id' })
        db.createObjectStore('codes')
        db.createObjectStore('attempts', { keyPath: 'body.invoice_id' })
        db.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true })
      }
      if (before < 2) db.createObjectStore('pictures')
    },
    // Another tab brings a newer version of the app: make way, and come back with it.
    blocking(_from, _to, event) {
      ;(event.target as IDBDatabase).close()
      location.reload()
    },
  })
}

export async function recall<K extends keyof Kept>(db: Store, key: K): Promise<Kept[K] | undefined> {
  return (await db.get('kept', key)) as Kept[K] | undefined
}

export async function keep<K extends keyof Kept>(db: Store, key: K, value: Kept[K]): Promise<void> {
  await db.put('kept', value, key)
}

const KEPT_DAYS_MS = 14 * 24 * 3600 * 1000

/** Keep a day as it was told, and let go of days not looked at for two weeks. */
export async function keepDay(db: Store, on: string, sheets: JobSheet[], fetched_at: number): Promise<void> {
  const tx = db.transaction(['days', 'sheets', 'pictures'], 'readwrite')
  const [days, kept, pictures] = [tx.objectStore('days'), tx.objectStore('sheets'), tx.objectStore('pictures')]
  await days.put({ on, job_ids: sheets.map((sheet) => sheet.job_id), fetched_at })
  for (const sheet of sheets) await kept.put(sheet)
  for (const day of await days.getAll()) {
    if (fetched_at - day.fetched_at > KEPT_DAYS_MS) await days.delete(day.on)
  }
  const wanted = new Set((await days.getAll()).flatMap((day) => day.job_ids))
  for (const id of await kept.getAllKeys()) if (!wanted.has(id)) await kept.delete(id)
  const seen = new Set((await kept.getAll()).flatMap((sheet) => (sheet.photos ?? []).map((photo) => photo.photo_id)))
  for (const id of await pictures.getAllKeys()) if (!seen.has(id)) await pictures.delete(id)
  await tx.done
}

/** Forget customers and their jobs, as on a phone that was lost or changed hands. What waits to be sent stays. */
export async function forgetJobs(db: Store): Promise<void> {
  const tx = db.transaction(['days', 'sheets', 'codes', 'pictures'], 'readwrite')
  await Promise.all([
    tx.objectStore('days').clear(),
    tx.objectStore('sheets').clear(),
    tx.objectStore('codes').clear(),
    tx.objectStore('pictures').clear(),
    tx.done,
  ])
}
