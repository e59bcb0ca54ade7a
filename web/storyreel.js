/**
 * What the canvas does for Storyreel's nodes beyond their schemas. Nothing here is needed to run a workflow.
 */
import { app } from '../../scripts/app.js'
import { badgeText } from './price.js'

/** Nodes with growing inputs. As a workflow is opened, each input that grows shrinks the node to its least height. */
const GROWING = new Set(['StoryreelJoinClips'])

/**
 * Wires into sockets that a choice within a choice brings, such as `model.mode.first_frame`: the frontend (1.35) makes
 * these sockets anew while it opens a workflow, and their wires are lost.
 */
let wires = []

function wiresOf(workflow) {
  const links = new Map((workflow.links ?? []).map((link) => [link[0] ?? link.id, link]))
  const found = []
  for (const node of workflow.nodes ?? []) {
    if (!node.type?.startsWith('Storyreel')) continue
    for (const input of node.inputs ?? []) {
      const link = links.get(input.link)
      if (!link || input.name.split('.').length < 3) continue
      const [from, slot] = Array.isArray(link) ? link.slice(1, 3) : [link.origin_id, link.origin_slot]
      found.push({ from, slot, to: node.id, input: input.name })
    }
  }
  return found
}

function connectAgain({ from, slot, to, input }) {
  const source = app.graph.getNodeById(from)
  const target = app.graph.getNodeById(to)
  const place = target?.inputs.findIndex((each) => each.name === input) ?? -1
  if (source && place >= 0 && target.inputs[place].link == null) source.connect(slot, target, place)
}

const PRICE = { fgColor: '#e8f3e8', bgColor: '#2c5a34' }
const NO_PRICE = { fgColor: '#ffe9e4', bgColor: '#7d2f24' }

function badge(node) {
  const text = badgeText(node, rows)
  return new window.LGraphBadge({ text, ...(text.startsWith('$') ? PRICE : NO_PRICE) })
}

const nextFrame = () => new Promise((done) => requestAnimationFrame(done))

let rows = []

app.registerExtension({
  name: 'Storyreel',

  /** The prices, before there is any node: prices.json is written from the catalogue by scripts/make_node_docs.py. */
  async init() {
    const answer = await fetch(new URL('./prices.json', import.meta.url))
    if (answer.ok) rows = (await answer.json()).rows
  },

  /** The price of a clip as its node is set, at the node's corner. It is asked for whenever the node is drawn. */
  nodeCreated(node) {
    if (!node.badges || !window.LGraphBadge || badgeText(node, rows) === null) return
    node.badges.push(() => badge(node))
  },

  beforeConfigureGraph(workflow) {
    wires = wiresOf(workflow)
  },

  afterConfigureGraph() {
    wires.forEach(connectAgain)
    wires = []
  },

  /** Gives a node back the height it was saved with, once its inputs have grown. */
  async loadedGraphNode(node) {
    if (!GROWING.has(node.type)) return
    const [width, height] = node.size
    for (let frame = 0; frame < 5; frame++) await nextFrame()
    if (!node.graph || node.size[1] >= height) return
    node.setSize([width, height])
    node.setDirtyCanvas(true, true)
  }
})
