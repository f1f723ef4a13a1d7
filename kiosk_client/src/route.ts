/** Which screen: the part of the address after `#`, so that Back works and a reload comes back to the same place. */
export type Route =
  | { screen: 'today' }
  | { screen: 'queue' }
  | { screen: 'cash' }
  | { screen: 'job' | 'contract'; job_id: string }
  /** `stage` names what is paid before the work is done; null is the work itself. */
  | { screen: 'pay'; job_id: string; stage: number | null }
  | { screen: 'pair'; code: string }

export function routeOf(hash: string): Route {
  const code = /^#pair=([^&]+)/.exec(hash)
  if (code) return { screen: 'pair', code: decodeURIComponent(code[1]!) }
  const paying = /^#\/job\/([\w-]+)\/pay(?:\/(\d+))?$/.exec(hash)
  if (paying) return { screen: 'pay', job_id: paying[1]!, stage: paying[2] ? Number(paying[2]) : null }
  const job = /^#\/job\/([\w-]+)(\/contract)?$/.exec(hash)
  if (job) return { screen: job[2] ? 'contract' : 'job', job_id: job[1]! }
  if (hash === '#/cash') return { screen: 'cash' }
  return { screen: hash === '#/queue' ? 'queue' : 'today' }
}

export const address = {
  today: '#/',
  queue: '#/queue',
  cash: '#/cash',
  job: (job_id: string) => `#/job/${job_id}`,
  contract: (job_id: string) => `#/job/${job_id}/contract`,
  pay: (job_id: string, stage: number | null = null) => `#/job/${job_id}/pay${stage === null ? '' : `/${stage}`}`,
}

/** Go to a screen. `replace` leaves no way back to the one before, as when it is finished. */
export function go(hash: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'replace') location.replace(hash)
  else location.hash = hash
}
