/**
 * What the canvas does for Storyreel's nodes beyond their schemas. Nothing here is needed to run a workflow.
 */
import { app } from '../../scripts/app.js'

/** Nodes with growing inputs. As a workflow is opened, each input that grows shrinks the node to its least height. */
const GROWING = new Set(['StoryreelJoinClips'])

const nextFrame = () => new Promise((done) => requestAnimationFrame(done))

app.registerExtension({
  name: 'Storyreel',

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
