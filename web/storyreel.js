/**
 * What the canvas does for Storyreel's nodes beyond their schemas. Nothing here is needed to run a workflow.
 */
import { api } from '../../scripts/api.js'
import { app } from '../../scripts/app.js'
import { askForDollars } from './consent.js'
import { showFaults } from './faults.js'
import { showBlackBeginnings } from './previews.js'
import { badgeText } from './price.js'
import { sendInputsOnly } from './prompts.js'
import { keepWires } from './wires.js'

const PRICE = { fgColor: '#e8f3e8', bgColor: '#2c5a34' }
const NO_PRICE = { fgColor: '#ffe9e4', bgColor: '#7d2f24' }

function badge(node) {
  const text = badgeText(node, rows)
  return new window.LGraphBadge({ text, ...(text.startsWith('$') ? PRICE : NO_PRICE) })
}

const nextFrame = () => new Promise((done) => requestAnimationFrame(done))

let asking = false

/** Asks a person once what may be spent, when a node has been refused a purchase; nothing was sent until then. */
async function askForConsent({ detail }) {
  if (asking || !detail?.exception_type?.endsWith('.NeedsConsent')) return
  asking = true
  try {
    const day = await askForDollars()
    if (day === null) return
    const answer = await api.fetchApi('/storyreel/consent', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ day })
    })
    const { error } = await answer.json()
    const detail = answer.ok ? `Up to $${day} a day. Run the workflow again.` : error
    const severity = answer.ok ? 'success' : 'error'
    app.extensionManager.toast.add({ severity, summary: 'Storyreel', detail, life: 10_000 })
  } finally {
    asking = false
  }
}

let rows = []

app.registerExtension({
  name: 'Storyreel',

  /** The prices, before there is any node: prices.json is written from the catalogue by scripts/make_node_docs.py. */
  async init() {
    const answer = await fetch(new URL('./prices.json', import.meta.url))
    if (answer.ok) rows = (await answer.json()).rows
    api.addEventListener('execution_error', askForConsent)
    showFaults(app, api)
    showBlackBeginnings()
  },

  /** What a node needs: its wires, and the price of a clip at its corner, which is asked for whenever it is drawn. */
  nodeCreated(node) {
    sendInputsOnly(node)
    if (node.comfyClass?.startsWith('Storyreel')) keepWires(node)
    if (!node.badges || !window.LGraphBadge || badgeText(node, rows) === null) return
    node.badges.push(() => badge(node))
  },

  /**
   * Gives a node back the height it was saved with, once its inputs have grown and its choices have brought theirs:
   * each that comes as a workflow is opened shrinks the node to its least height.
   */
  async loadedGraphNode(node) {
    if (!node.comfyClass?.startsWith('Storyreel')) return
    const [width, height] = node.size
    for (let frame = 0; frame < 5; frame++) await nextFrame()
    if (!node.graph || node.size[1] >= height) return
    node.setSize([width, height])
    node.setDirtyCanvas(true, true)
  }
})
