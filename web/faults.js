/**
 * Our own sentences where a run is refused or fails. Newer frontends show a general one in their place, such as
 * "rejected the value for text"; what was wrong, where and what helps is in what the server answered.
 */

const OURS = /^Storyreel/

/** The node of an id such as "7", or "12:5" within a subgraph; null if there is none. */
export function nodeOf(graph, id) {
  const [first, ...rest] = String(id).split(':')
  const node = graph?.getNodeById(Number(first)) ?? graph?.getNodeById(first) ?? null
  return rest.length ? nodeOf(node?.subgraph, rest.join(':')) : node
}

/** What was refused of our nodes, each sentence once: [{ id, input, sentence }] of an answer's `node_errors`. */
export function refusals(nodeErrors) {
  const found = new Map()
  for (const [id, { class_type, errors }] of Object.entries(nodeErrors ?? {})) {
    if (!OURS.test(class_type ?? '')) continue
    for (const { type, details, extra_info } of errors ?? []) {
      if (type !== 'custom_validation_failed') continue
      const input = extra_info?.input_name ?? ''
      const sentence = details?.startsWith(`${input} - `) ? details.slice(input.length + 3) : details
      if (sentence && !found.has(`${id} ${sentence}`)) found.set(`${id} ${sentence}`, { id, input, sentence })
    }
  }
  return [...found.values()]
}

/** What failed, of an `execution_error`: { id, sentence }; null where it is none of our nodes. */
export function failure(detail) {
  if (!OURS.test(detail?.node_type ?? '') || !detail.exception_message) return null
  return { id: detail.node_id, sentence: detail.exception_message.trim() }
}

const NAME = 'storyreel_fault'

/** Shows a sentence within the node, below its widgets; it is neither saved nor sent. */
export function showOnNode(node, sentence) {
  clearNode(node)
  const box = document.createElement('div')
  box.setAttribute('role', 'alert')
  box.style.cssText =
    'box-sizing: border-box; width: 100%; height: 100%; overflow: auto; padding: 6px 8px; border-radius: 6px;' +
    'background: #5a2119; color: #ffe9e4; font: 12px/1.4 system-ui, sans-serif; white-space: pre-wrap;' +
    'user-select: text;'
  box.textContent = sentence
  const lines = sentence.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 44)), 0)
  const height = Math.min(200, 36 + 17 * lines)
  const options = { serialize: false, hideOnZoom: false, getMinHeight: () => height, getMaxHeight: () => height }
  const widget = node.addDOMWidget(NAME, NAME, box, options)
  widget.serialize = false
  node.storyreelHeight = node.size[1]
  node.setSize([node.size[0], Math.max(node.size[1], node.computeSize()[1])])
  node.setDirtyCanvas?.(true, true)
}

export function clearNode(node) {
  const widget = node.widgets?.find((each) => each.name === NAME)
  if (!widget) return
  if (node.removeWidget) node.removeWidget(widget)
  else node.widgets.splice(node.widgets.indexOf(widget), 1)
  if (node.storyreelHeight) node.setSize([node.size[0], node.storyreelHeight])
  node.setDirtyCanvas?.(true, true)
}

/** Takes the sentences off all nodes of a graph and of its subgraphs. */
function clearAll(graph) {
  for (const node of graph?.nodes ?? []) {
    clearNode(node)
    if (node.subgraph) clearAll(node.subgraph)
  }
}

/** Listens to what the server answers, and shows what it says of our nodes. */
export function showFaults(app, api) {
  const show = ({ id, input, sentence }) => {
    const node = nodeOf(app.rootGraph ?? app.graph, id)
    const place = [node?.title ?? node?.type ?? `Node ${id}`, input].filter(Boolean).join(', ')
    app.extensionManager.toast.add({ severity: 'error', summary: place, detail: sentence, life: 30_000 })
    if (node) showOnNode(node, sentence)
  }
  const { queuePrompt } = api
  api.queuePrompt = async function (...request) {
    clearAll(app.rootGraph ?? app.graph)
    try {
      const answer = await queuePrompt.apply(this, request)
      refusals(answer?.node_errors).forEach(show)
      return answer
    } catch (error) {
      refusals(error?.response?.node_errors).forEach(show)
      throw error
    }
  }
  api.addEventListener('execution_error', ({ detail }) => {
    const failed = failure(detail)
    if (failed && !detail.exception_type?.endsWith('.NeedsConsent')) show(failed)
  })
}
