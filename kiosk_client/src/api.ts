/** The server, over HTTP. Every way a request can end is a value, `Refused` (it said no) or `Unanswered` (ask again). */
import type { Language, Problem } from './wire'

/** Who is calling, in which language answers are wanted, and who wants to know whether the server is there. */
export const caller: { token: string | null; language: Language; heard: (answered: boolean) => void } = {
  token: null,
  language: 'en',
  heard: () => {},
}

const PATIENCE_MS = 20_000
/** A photo over a bad network. */
const PATIENCE_WITH_PICTURES_MS = 120_000

/** No usable answer: no network, a timeout, a captive portal, a server in trouble. The same request may be sent again. */
export class Unanswered extends Error {
  constructor(readonly retry_after_seconds: number | null = null) {
    super('unanswered')
  }
}

/** The server understood and said no. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }
}

/** The server no longer knows this phone. */
export class Unpaired extends Refused {}

export function get<T>(path: string): Promise<T> {
  return call<T>('GET', path)
}

/** POST a body. `key` is the Idempotency-Key; leave it out where doing it twice is doing it once anyway. */
export function post<T>(path: string, body: object, key?: string): Promise<T> {
  return call<T>('POST', path, body, key)
}

/** DELETE, which may be done twice. Raises what `get` raises. */
export function remove<T>(path: string): Promise<T> {
  return call<T>('DELETE', path)
}

/** Return an image of the server's as text (SVG). Raises what `get` raises. */
export async function picture(path: string): Promise<string> {
  const response = await fetched('GET', path, {})
  if (!(response.headers.get('Content-Type') ?? '').startsWith('image/svg')) throw new Unanswered()
  return await read(response.text())
}

/** Return a photo of the server's. Raises what `get` raises. */
export async function photograph(path: string): Promise<Blob> {
  const response = await fetched('GET', path, {})
  if (!/^image\/(jpeg|png|webp)\b/.test(response.headers.get('Content-Type') ?? '')) throw new Unanswered()
  return await read(response.blob())
}

async function call<T>(method: string, path: string, body?: object, key?: string): Promise<T> {
  const headers: Record<string, string> = {}
  if (body) headers['Content-Type'] = 'application/json'
  if (key) headers['Idempotency-Key'] = key
  const response = await fetched(method, path, headers, body && JSON.stringify(body))
  // A captive portal answers 200 with a page of its own: that is no answer.
  if (!isJson(response)) throw new Unanswered()
  return (await read(response.json())) as T
}

async function fetched(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Response> {
  headers['Accept-Language'] = caller.language
  if (caller.token) headers['Authorization'] = `Bearer ${caller.token}`
  const signal = AbortSignal.timeout(path.includes('/photos') ? PATIENCE_WITH_PICTURES_MS : PATIENCE_MS)
  const response = await read(fetch(`/api/v1${path}`, { method, headers, body, signal, cache: 'no-store' }))
  if (!response.ok) throw await failure(response)
  return response
}

async function read<T>(answer: Promise<T>): Promise<T> {
  try {
    const heard = await answer
    caller.heard(true)
    return heard
  } catch {
    caller.heard(false)
    throw new Unanswered()
  }
}

async function failure(response: Response): Promise<Error> {
  const { status } = response
  if (!isJson(response)) return new Unanswered()
  const problem = (await read(response.json())) as Problem
  if (status >= 500 || status === 429 || problem.code === 'request_in_flight') {
    return new Unanswered(Number(response.headers.get('Retry-After')) || null)
  }
  return status === 401 ? new Unpaired(problem) : new Refused(problem)
}

function isJson(response: Response): boolean {
  return /\bjson\b/.test(response.headers.get('Content-Type') ?? '')
}
