import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('../../server/core/look/tokens.css', import.meta.url), 'utf8')
const [first, second] = css.split('@media (prefers-color-scheme: dark)') as [string, string]
const colours = (text: string) =>
  Object.fromEntries([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]))
const light = colours(first)
const schemes = { light, dark: { ...light, ...colours(second) } }

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (lighter! + 0.05) / (darker! + 0.05)
}

const TEXT = [
  ...['ink', 'soft', 'link'].flatMap((text) => ['paper', 'card', 'sunken'].map((ground) => [text, ground])),
  ...['paid', 'waiting', 'unknown', 'failed', 'late'].flatMap((text) =>
    ['paper', 'card', `${text}-wash`].map((ground) => [text, ground]),
  ),
  ...[
    ['on-brand', 'brand'],
    ['brand-soft', 'brand'],
    ['on-accent', 'accent'],
    ['on-accent', 'accent-press'],
  ],
] as [string, string][]
const EDGES = ['edge', 'focus'].flatMap((edge) => ['paper', 'card'].map((ground) => [edge, ground])) as [
  string,
  string,
][]

for (const [name, scheme] of Object.entries(schemes)) {
  test.each(TEXT)(`%s on %s can be read (${name})`, (text, ground) => {
    expect(contrast(scheme[text]!, scheme[ground]!)).toBeGreaterThanOrEqual(4.5)
  })
  test.each(EDGES)(`%s on %s can be seen (${name})`, (edge, ground) => {
    expect(contrast(scheme[edge]!, scheme[ground]!)).toBeGreaterThanOrEqual(3)
  })
}
