import { mount } from 'svelte'
import App from './App.svelte'
import { wake } from './phone.svelte'
import './styles/base.css'
import './styles/screens.css'
import './styles/paying.css'
import './styles/photos.css'

await wake()
mount(App, { target: document.getElementById('app')! })
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  await navigator.serviceWorker.register('/kiosk/sw.js', { scope: '/kiosk/' })
}
// The browser may otherwise clear what is waiting to be sent when space runs short.
await navigator.storage?.persist?.()
