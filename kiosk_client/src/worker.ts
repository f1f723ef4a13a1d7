/** Keeps the app itself on the phone, so that it opens without a network. What the API says is never kept here. */
import { clientsClaim } from 'workbox-core'
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope
declare const BUILT_FILES: PrecacheEntry[]

// An update takes over at once: the page that is open already holds all of its own script.
void self.skipWaiting()
clientsClaim()
cleanupOutdatedCaches()
precacheAndRoute(BUILT_FILES)
registerRoute(new NavigationRoute(createHandlerBoundToURL('/kiosk/index.html')))
