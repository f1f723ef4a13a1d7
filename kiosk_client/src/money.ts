/** Money: whole minor units beside an ISO 4217 currency. Decimals (JPY 0, CAD 2, KWD 3) come from the phone's CLDR. */
import type { Language } from './wire'

/** Return how many decimals a currency has. */
export function exponent(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** Return what of an amount a card can pay: with three decimals card amounts end in 0. */
export function chargeable(amount_minor: number, currency: string): number {
  return exponent(currency) === 3 ? amount_minor - (amount_minor % 10) : amount_minor
}

/** Return the amount as a person writes it: `1 234,50 $`. A currency other than `home` is written by its code. */
export function show(amount_minor: number, currency: string, language: Language, home = currency): string {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: currency === home ? 'narrowSymbol' : 'code',
  }).format(amount_minor / 10 ** exponent(currency))
}

/** Return the amount for an input field, without its currency: `1234,50`. */
export function plain(amount_minor: number, currency: string, language: Language): string {
  const digits = exponent(currency)
  const format = { useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits }
  return new Intl.NumberFormat(language, format).format(amount_minor / 10 ** digits)
}

/**
 * Return the minor units of what a person typed, or null when it is not an amount. Comma and point both mean the
 * decimals, so one separator only: better to ask again than to take 1,234 for one or for a thousand.
 */
export function parse(typed: string, currency: string): number | null {
  const found = /^(\d+)(?:[.,](\d*))?$/.exec(typed.replace(/[\s\u00a0\u202f$€£¥]/g, ''))
  const digits = exponent(currency)
  if (!found || (found[2] ?? '').length > digits) return null
  const minor = Number(found[1] + (found[2] ?? '').padEnd(digits, '0'))
  return Number.isSafeInteger(minor) ? minor : null
}
