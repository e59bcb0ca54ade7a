/**
 * Shows something of a film that begins in black: a preview stands at the first frame, which says nothing there.
 * Nothing here is needed to run a workflow.
 */
const DARKEST = 24 // of 255: what no channel of any pixel reaches is taken for black
const SIDE = 16

function isBlack(video) {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIDE
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(video, 0, 0, SIDE, SIDE)
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  return data.every((value, index) => index % 4 === 3 || value < DARKEST)
}

/** Whether a video is one that a workflow made: only those are moved. */
const isOutput = (video) => new URL(video.currentSrc, location.href).pathname.endsWith('/view')

/** Moves a paused preview of a film that begins in black a little on; it plays from its beginning all the same. */
function look({ target: video }) {
  if (!(video instanceof HTMLVideoElement) || !video.paused || video.currentTime > 0 || !isOutput(video)) return
  if (!isBlack(video)) return
  const place = Math.min(2, video.duration / 4)
  video.currentTime = place
  video.addEventListener('play', () => {
    if (Math.abs(video.currentTime - place) < 0.05) video.currentTime = 0
  }, { once: true })
}

/** `loadeddata` doesn't bubble, but is seen on its way down. */
export const showBlackBeginnings = () => document.addEventListener('loadeddata', look, true)
