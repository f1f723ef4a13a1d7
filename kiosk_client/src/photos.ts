/** Photos: made small on the phone, and rid of what a camera writes into them (where, when, by which phone: EXIF). */
import { photograph } from './api'
import type { Store } from './store'

/** Pixels of the longest side: enough to read a nameplate, small enough for a bad network. */
export const LONGEST_SIDE = 1600
const LARGEST_BYTES = 2_000_000
const QUALITIES = [0.8, 0.6, 0.4]

/** What was chosen is no picture that this phone can read. */
export class Unreadable extends Error {}

/** Return the size that a picture is shrunk to; one that is small enough stays as it is. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Return a picture as a small JPEG, the right way up. Drawn anew, it keeps nothing but what is seen. Raises Unreadable. */
export async function shrink(file: Blob): Promise<Blob> {
  const drawing = document.createElement('canvas')
  try {
    const image = await createImageBitmap(file, { imageOrientation: 'from-image' })
    Object.assign(drawing, fitted(image.width, image.height))
    const pen = drawing.getContext('2d')!
    pen.fillStyle = 'white'
    pen.fillRect(0, 0, drawing.width, drawing.height)
    pen.drawImage(image, 0, 0, drawing.width, drawing.height)
    image.close()
  } catch {
    throw new Unreadable()
  }
  for (const quality of QUALITIES) {
    const made = await new Promise<Blob | null>((resolve) => drawing.toBlob(resolve, 'image/jpeg', quality))
    if (made && made.size <= LARGEST_BYTES) return made
  }
  throw new Unreadable()
}

/** Return bytes as they travel in JSON. */
export async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** Return the picture of a photo that the server has: kept here, or fetched and kept. Raises Refused, Unanswered. */
export async function pictureOf(db: Store, job_id: string, photo_id: string): Promise<Blob> {
  const kept = await db.get('pictures', photo_id)
  if (kept) return kept
  const fetched = await photograph(`/jobs/${job_id}/photos/${photo_id}`)
  await db.put('pictures', fetched, photo_id)
  return fetched
}
