/** What every screen sees: whose phone this is, its language, its jobs and what waits to be sent. */
import { Refused, Unanswered, Unpaired, caller, get, post } from './api'
import { show } from './money'
import { go, routeOf, type Route } from './route'
import { forgetJobs, keep, recall, open, type Day, type Session, type Store } from './store'
import type { JobSheet, Language, Me, PairedDevice, Problem } from './wire'
import { counted, languageOf, phrase, type CountedKey, type Key } from './words'
import type { Entry } from './written'

class Phone {
  db!: Store
  session = $state.raw<Session | null>(null)
  language = $state<Language>('en')
  online = $state(true)
  route = $state.raw<Route>({ screen: 'today' })
  sheets = $state.raw<Record<string, JobSheet>>({})
  days = $state.raw<Record<string, Day>>({})
  queue = $state.raw<Entry[]>([])
}

export const phone = new Phone()

/** Other tabs of the same phone. */
const tabs = new BroadcastChannel('fieldpay')

/** Open the memory and show what was there; before anything is fetched. */
export async function wake(): Promise<void> {
  phone.db = await open()
  phone.online = navigator.onLine
  caller.heard = (answered) => (phone.online = answered)
  phone.route = routeOf(location.hash)
  window.addEventListener('hashchange', () => (phone.route = routeOf(location.hash)))
  window.addEventListener('offline', () => (phone.online = false))
  tabs.onmessage = () => void reread()
  await reread()
  const chosen = await recall(phone.db, 'language')
  speak(chosen ?? languageOf(phone.session?.technician.language ?? navigator.language))
}

/** Read everything again from the phone's memory. */
export async function reread(): Promise<void> {
  // At one moment: what was sent is either still waiting or on its sheet, never neither.
  const tx = phone.db.transaction(['kept', 'sheets', 'days', 'queue'])
  const [session, sheets, days, queue] = await Promise.all([
    tx.objectStore('kept').get('session') as Promise<Session | undefined>,
    tx.objectStore('sheets').getAll(),
    tx.objectStore('days').getAll(),
    tx.objectStore('queue').getAll(),
  ])
  phone.session = session ?? null
  caller.token = session?.token ?? null
  phone.sheets = Object.fromEntries(sheets.map((sheet) => [sheet.job_id, sheet]))
  phone.days = Object.fromEntries(days.map((day) => [day.on, day]))
  phone.queue = queue
}

/** The memory changed: show it, here and in other tabs. */
export async function changed(): Promise<void> {
  tabs.postMessage('changed')
  await reread()
}

/** Pair with a single-use code. Raises Refused, Unanswered. */
export async function pair(code: string, name: string): Promise<void> {
  caller.token = null
  const paired = await post<PairedDevice>('/devices/pair', { code, name })
  await forgetJobs(phone.db)
  await keep(phone.db, 'session', { token: paired.token, technician: paired.technician, me: null })
  if (!(await recall(phone.db, 'language'))) speak(languageOf(paired.technician.language))
  await changed()
  go('#/', 'replace')
}

/** Learn the business's currency and time zone. Raises Refused, Unanswered. */
export async function learnMe(): Promise<void> {
  const me = await get<Me>('/me')
  const { session } = phone
  if (session?.token && JSON.stringify(session.me) !== JSON.stringify(me)) {
    await keep(phone.db, 'session', { ...session, me })
    await changed()
  }
}

/** The office unpaired this phone: forget its customers and its token, keep what was recorded. */
export async function unpaired(): Promise<void> {
  if (phone.session?.token) await keep(phone.db, 'session', { ...phone.session, token: null })
  await forgetJobs(phone.db)
  await changed()
}

/** Return why something failed, for a person to read. Errors that are not the server's are raised again. */
export function explain(error: unknown): string {
  if (error instanceof Unpaired && phone.session) void unpaired()
  if (error instanceof Refused) return refusal(error.problem)
  if (error instanceof Unanswered) return say('app.unanswered')
  throw error
}

/** Return a refusal in words; of a reader that a colleague holds, who and until when. */
export function refusal(problem: Problem): string {
  if (problem.code !== 'reader_held' || !problem.held_by || !problem.held_until) return problem.detail
  return heldBy(problem.held_by, problem.held_until)
}

export function heldBy(name: string, until: string): string {
  return say('reader.heldBy', { name, time: when(until, { timeStyle: 'short' }) })
}

function speak(language: Language): void {
  phone.language = caller.language = language
  document.documentElement.lang = language
}

/** Speak the other language, and remember that it was chosen. */
export async function chooseLanguage(language: Language): Promise<void> {
  await keep(phone.db, 'language', language)
  speak(language)
}

export function say(key: Key, values?: Record<string, string | number>): string {
  return phrase(phone.language, key, values)
}

export function count(key: CountedKey, n: number): string {
  return counted(phone.language, key, n)
}

export function money(amount_minor: number, currency: string): string {
  return show(amount_minor, currency, phone.language, phone.session?.me?.currency)
}

/** Return a moment as the technician reads a clock or a calendar, in the business's time zone. */
export function when(moment: string | number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(phone.language, { timeZone: timeZone(), ...options }).format(new Date(moment))
}

/** Return today's date at the business, such as 2026-11-21. */
export function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timeZone() }).format(Date.now())
}

function timeZone(): string | undefined {
  return phone.session?.me?.time_zone
}
