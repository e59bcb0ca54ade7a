/**
 * What of a node goes into the prompt: its inputs. Whatever the canvas adds to it by itself, such as the player of a
 * film that was made, would change the prompt, and an unchanged workflow would be rendered a second time.
 */

/** The widget in which every version of the frontend shows a video, on nodes of others too; none has such an input. */
const PLAYER = 'video-preview'

/** Keeps out of the prompt what is added to the node from now on and is none of its inputs. */
export function sendInputsOnly(node) {
  const { required, optional } = node.constructor.nodeData?.input ?? {}
  const names = new Set([...Object.keys(required ?? {}), ...Object.keys(optional ?? {})])
  const ours = node.comfyClass?.startsWith('Storyreel')
  const { addCustomWidget } = node
  node.addCustomWidget = function (...given) {
    const widget = addCustomWidget.apply(this, given)
    // An input that grew or came with a choice, such as `mode.duration`, is part of an input.
    if (widget.name === PLAYER || (ours && !names.has(String(widget.name).split('.')[0]))) {
      widget.options = widget.options ?? {}
      widget.options.serialize = false
    }
    return widget
  }
}
