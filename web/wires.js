/**
 * The wires of nodes whose sockets come and go: growing inputs (`clips.clip2`) and choices that bring sockets of their
 * own (`model.mode.first_frame`). The frontend counts sockets by their place, and acts a frame later, when another may
 * be there: on copy, paste, Convert to Subgraph and Unpack it took wires away (1.35 to 1.58). Here a socket is its name.
 */

const INPUT = 1 // of LiteGraph's two kinds of sockets

const nextFrame = () => new Promise((done) => requestAnimationFrame(done))

/** Keeps the wires of one node. Call it once, as the node is created. */
export function keepWires(node) {
  const grow = node.comfyDynamic?.autogrow ? growByName(node) : null
  const { configure } = node
  node.configure = function (saved) {
    const wires = wiresInto(this, saved) // before there are other sockets in the places that wires are known by
    grow?.(saved)
    configure.call(this, saved)
    if (wires.length) queueMicrotask(() => wires.forEach((wire) => layAgain(this, wire)))
  }
}

/** The growing input that a socket belongs to, such as `clips` of `clips.clip2`; undefined for any other socket. */
function groupOf(node, input) {
  const group = input?.name.slice(0, input.name.lastIndexOf('.'))
  return group && Object.hasOwn(node.comfyDynamic.autogrow, group) ? group : undefined
}

/**
 * Lets the frontend grow the node as ever, and close gaps only where a wire was taken away and nothing has come in its
 * place: not because a node is filled with what was saved, and not of a node that is on its way out of the graph.
 */
function growByName(node) {
  const { onConnectionsChange } = node
  let settling = false

  async function settle(trailing = true) {
    if (settling) return
    settling = true
    try {
      for (let before = null; ; ) {
        await nextFrame()
        const slot = node.graph ? firstGap(node, trailing) : -1
        if (slot < 0) return
        const now = node.inputs.map((each, place) => `${each.name} ${node.getInputLink(place)?.id ?? ''}`).join()
        if (now === before) return
        before = now
        onConnectionsChange.call(node, INPUT, slot, false, null, node.inputs[slot]) // closes it in the next frame
        await nextFrame()
      }
    } finally {
      settling = false
    }
  }

  node.onConnectionsChange = function (kind, slot, connected, link, ...rest) {
    const own = kind === INPUT && groupOf(this, this.inputs[slot])
    if (!own || (connected && link)) return onConnectionsChange?.call(this, kind, slot, connected, link, ...rest)
    if (!connected) settle()
  }

  /**
   * Gives the node the sockets that it was saved with, before it is filled: the frontend would put those that it lacks
   * at the end, and lay wires by places in the saved order.
   */
  return function grow(saved) {
    // 1.58 knows a wire by its place alone, and would move those that lie ready for the saved order, were there a graph.
    const { graph } = node
    node.graph = null
    try {
      for (const group of Object.keys(node.comfyDynamic.autogrow)) {
        const places = () => node.inputs.flatMap((each, place) => (groupOf(node, each) === group ? [place] : []))
        const wanted = (saved.inputs ?? []).filter((each) => groupOf(node, each) === group).length
        for (let before = 0; places().length < wanted && places().length > before; ) {
          before = places().length
          const last = places().at(-1)
          onConnectionsChange.call(node, INPUT, last, true, { target_slot: last }, node.inputs[last])
        }
      }
    } finally {
      node.graph = graph
    }
    // Pasted, a node without its wires needs fewer sockets; brought back by redo, it may have a gap that was still open.
    settle(saved.id === -1)
  }
}

/**
 * The first socket of a growing input without a wire that has another of its group behind it; -1 if there is none. Unless
 * `trailing`, one behind it has to have a wire.
 */
function firstGap(node, trailing) {
  const groups = node.inputs.map((each) => groupOf(node, each))
  const free = (place) => !node.isInputConnected(place)
  return groups.findIndex(
    (group, place) =>
      group && free(place) && groups.some((later, at) => at > place && later === group && (trailing || !free(at)))
  )
}

/** What leads into the node's sockets with a dot in their names, by the saved form of the node. */
function wiresInto(node, saved) {
  return [...(node.graph?.links.values() ?? [])]
    .filter((link) => String(link.target_id) === String(node.id))
    .map(({ id, origin_id, origin_slot, target_slot }) => {
      const input = saved.inputs?.find((each) => each.link === id) ?? saved.inputs?.[target_slot]
      return { id, origin_id, origin_slot, target_slot, name: input?.name ?? '' }
    })
    .filter(({ name }) => name.includes('.'))
}

/** Takes a wire away that may be known at a place where another socket is, or none. */
function detach(node, { id, origin_id, origin_slot }) {
  const { graph } = node
  const place = node.inputs.findIndex((each, at) => node.getInputLink(at)?.id === id)
  if (place >= 0) return node.disconnectInput(place, true)
  const within = graph.inputNode?.id === origin_id ? graph.inputNode.slots[origin_slot] : null // of a subgraph
  const end = within ?? graph.getNodeById(origin_id)?.outputs[origin_slot]
  for (const list of ['links', 'linkIds']) {
    // Newer frontends count what leaves a socket by the links themselves; there the list is no property of its own.
    const ids = end && Object.hasOwn(end, list) ? end[list] : null
    const at = ids?.indexOf(id) ?? -1
    if (at >= 0) ids.splice(at, 1)
  }
  graph.links.delete(id) // removeLink would look for it at its place
}

/** Lays a wire once more that filling the node has lost. */
function layAgain(node, wire) {
  const { graph } = node
  const place = node.inputs.findIndex((each) => each.name === wire.name)
  if (!graph || place < 0 || node.isInputConnected(place)) return
  detach(node, wire)
  if (graph.inputNode?.id === wire.origin_id) graph.inputNode.slots[wire.origin_slot].connect(node.inputs[place], node)
  else graph.getNodeById(wire.origin_id)?.connect(wire.origin_slot, node, place)
}
