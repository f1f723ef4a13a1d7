// Keeps the parts of a page marked `data-live` as they are on the server: asks for the same page every so many
// seconds while somebody looks, and swaps the parts that differ. Without it the page is right whenever it is opened.
const seconds = () => Math.min(...[...document.querySelectorAll('[data-live]')].map((part) => Number(part.dataset.live)))

async function refresh() {
  const answer = await fetch(location.href, { cache: 'no-store' })
  if (answer.redirected) return location.reload() // signed out meanwhile
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fresh.getElementById(part.id)
    if (!now) return location.reload()
    if (now.outerHTML === part.outerHTML) continue
    const focused = part.contains(document.activeElement) ? document.activeElement.id : ''
    const open = [...part.querySelectorAll('details[open][id]')].map((details) => details.id)
    part.replaceWith(now)
    for (const id of open) document.getElementById(id)?.setAttribute('open', '')
    if (focused) document.getElementById(focused)?.focus()
  }
}

async function keep() {
  if (!document.hidden) await refresh().catch(() => {}) // offline: what is shown stays, and the next turn asks again
  if (Number.isFinite(seconds())) setTimeout(keep, seconds() * 1000)
}

if (Number.isFinite(seconds())) setTimeout(keep, seconds() * 1000)
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  await navigator.clipboard.writeText(button.dataset.copy)
  button.textContent = button.dataset.copied
})
document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-sum]')
  if (!form) return
  const sum = [...form.querySelectorAll('[data-amount]:checked')].reduce((so_far, box) => so_far + Number(box.dataset.amount), 0)
  const style = { style: 'currency', currency: form.dataset.sum, currencyDisplay: 'narrowSymbol' }
  form.querySelector('output').value = new Intl.NumberFormat(document.documentElement.lang, style).format(sum)
})
document.documentElement.classList.add('live')
