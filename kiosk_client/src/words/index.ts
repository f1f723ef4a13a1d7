/** Words in the technician's language. */
import type { Language } from '../wire'
import { en, type Words } from './en'
import { fr } from './fr'

export const dictionaries: Record<Language, Words> = { fr, en }

export type Key = keyof Words
/** A key that has a `.one` and an `.other`. */
export type CountedKey = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never
type Values = Record<string, string | number>

/** Return what to say, with `{name}` filled from `values`. */
export function phrase(language: Language, key: Key, values: Values = {}): string {
  return dictionaries[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

/** Return what to say of `n` things. */
export function counted(language: Language, key: CountedKey, n: number): string {
  const form = new Intl.PluralRules(language).select(n) === 'one' ? 'one' : 'other'
  return phrase(language, `${key}.${form}`, { n })
}

/** Return the language a tag such as `fr-CA` asks for; English when it is neither. */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith('fr') ? 'fr' : 'en'
}
