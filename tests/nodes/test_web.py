"""What the canvas extension does, under node, with the little of LiteGraph that it touches."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "web"

GROWING = """
const nextFrame = () => new Promise((done) => setTimeout(done, 1))
globalThis.requestAnimationFrame = (call) => setTimeout(call, 0)
const { keepWires } = await import(WEB + '/wires.js')

/** A node as frontend 1.35 makes it: sockets are added behind the group, and closed by their place, a frame later. */
function makeNode(id) {
  const links = new Map()
  const graph = { links, getNodeById: () => source }
  const source = { outputs: [{ links: [] }], connect(slot, node, place) {
    const wire = { id: links.size + 100, origin_id: 9, origin_slot: slot, target_id: id, target_slot: place }
    links.set(wire.id, wire)
    node.inputs[place].link = wire.id
  } }
  const socket = (name) => ({ name, link: null })
  const node = {
    id, graph, comfyDynamic: { autogrow: { clips: {} } }, inputs: [socket('clips.clip0'), socket('transition')],
    onConnectionsChange(kind, slot, connected, link) {
      if (!this.inputs[slot].name.startsWith('clips.')) return
      const group = this.inputs.filter((each) => each.name.startsWith('clips.'))
      if (connected && link) {
        if (this.inputs[slot] === group.at(-1))
          this.inputs.splice(group.length, 0, socket(`clips.clip${group.length}`))
        return
      }
      requestAnimationFrame(() => {
        for (let at = group.indexOf(this.inputs[slot]); at < group.length - 1; at++) group[at].link = group[at + 1].link
        group.at(-1).link = null
        while (group.length > 1 && group.at(-1).link == null && group.at(-2).link == null)
          this.inputs.splice(this.inputs.indexOf(group.pop()), 1)
      })
    },
    isInputConnected(place) { return this.inputs[place].link != null },
    getInputLink(place) { return this.isInputConnected(place) ? { id: this.inputs[place].link } : null },
    /** Those that the node has come first, in its own order, and then what else was saved. */
    configure(saved) {
      const had = new Set(this.inputs.map((each) => each.name))
      const byName = Object.fromEntries(saved.inputs.map((each) => [each.name, each]))
      this.inputs = [...this.inputs.map((each) => ({ ...each, ...byName[each.name] })),
        ...saved.inputs.filter((each) => !had.has(each.name))]
      this.inputs.forEach((each, slot) => this.onConnectionsChange(1, slot, true, links.get(each.link) ?? null))
    }
  }
  keepWires(node)
  return { node, links, source }
}
const saved = (id, links) => ({ id, inputs: [
  ...links.map((link, place) => ({ name: `clips.clip${place}`, link })), { name: 'transition', link: null }] })
const seen = (node) => node.inputs.map((each) => `${each.name}=${each.link ?? ''}`)
"""

PASTED = """
const { node } = makeNode(-1)
node.configure(saved(-1, [null, null, null, null]))
const places = node.inputs.map((each) => each.name)
node.inputs[0].link = 1; node.inputs[1].link = 2; node.inputs[2].link = 3 // as pasting does, in the saved places
for (let frame = 0; frame < 20; frame++) await nextFrame()
show({ places, after: seen(node) })
"""

FILLED = """
const { node, links } = makeNode(5) // a subgraph registers its wires before it fills the node
for (const slot of [0, 1, 2])
  links.set(slot + 1, { id: slot + 1, origin_id: 9, origin_slot: 0, target_id: '5', target_slot: slot })
node.disconnectInput = (place) => { links.delete(node.inputs[place].link); node.inputs[place].link = null }
node.configure(saved(5, [null, null, null, null]))
node.inputs[0].link = 1
for (let frame = 0; frame < 20; frame++) await nextFrame()
show(node.inputs.filter((each) => each.link != null).map((each) => each.name))
"""

TAKEN = """
const { node } = makeNode(5)
node.configure(saved(5, [11, 12, 13, 14, null]))
node.inputs[0].link = null; node.onConnectionsChange(1, 0, false, { id: 11 })
node.inputs[2].link = null; node.onConnectionsChange(1, 2, false, { id: 13 })
for (let frame = 0; frame < 40; frame++) await nextFrame()
show(seen(node))
"""

REFUSED = """
const { refusals, failure, nodeOf } = await import(WEB + '/faults.js')
const error = (type, input, details) => ({ type, message: 'm', details, extra_info: { input_name: input } })
const inner = { id: 5 }
const graph = { getNodeById: (id) => (id === 12 ? { subgraph: { getNodeById: () => inner } } : null) }
show({
  refused: refusals({
    3: { class_type: 'StoryreelStoryboard', errors: [
      error('custom_validation_failed', 'text', 'text - scenes[0].duraton: no such key'),
      error('custom_validation_failed', 'text', 'text - scenes[0].duraton: no such key'),
      error('required_input_missing', 'text', 'text')] },
    4: { class_type: 'KSampler', errors: [error('custom_validation_failed', 'seed', 'seed - no')] } }),
  failed: failure({ node_id: '7', node_type: 'StoryreelVeo', exception_message: 'Veo refused it\\n' }),
  others: failure({ node_id: '7', node_type: 'KSampler', exception_message: 'no' }),
  within: nodeOf(graph, '12:5') === inner
})
"""

SENT = """
const { sendInputsOnly } = await import(WEB + '/prompts.js')
const kept = (comfyClass, names) => {
  const node = { comfyClass, constructor: { nodeData: { input: { required: { mode: [], text: [] } } } },
    addCustomWidget: (widget) => widget }
  sendInputsOnly(node)
  return names.filter((name) => node.addCustomWidget({ name }).options?.serialize !== false)
}
const names = ['text', 'mode.duration', 'video-preview', 'storyreel_fault', 'anything']
show([kept('StoryreelRenderFilm', names), kept('SaveVideo', names)])
"""


def ran(script: str) -> Any:
    """What a script shows, run as a module by node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    start = f"const WEB = {json.dumps(WEB.as_uri())}\nconst show = (value) => console.log(JSON.stringify(value))\n"
    command = [node, "--no-warnings", "--input-type=module", "--eval", start + script]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


def test_a_pasted_node_has_its_sockets_in_the_saved_places() -> None:
    found = ran(GROWING + PASTED)
    assert found["places"] == [*(f"clips.clip{number}" for number in range(4)), "transition"]
    assert found["after"] == [
        "clips.clip0=1",
        "clips.clip1=2",
        "clips.clip2=3",
        "clips.clip3=",
        "transition=",
    ]


def test_wires_registered_before_the_node_was_filled_are_laid_by_name() -> None:
    assert ran(GROWING + FILLED) == ["clips.clip0", "clips.clip1", "clips.clip2"]


def test_two_wires_taken_at_once_leave_the_others() -> None:
    assert ran(GROWING + TAKEN) == ["clips.clip0=12", "clips.clip1=14", "clips.clip2=", "transition="]


def test_what_was_refused_is_shown_in_our_words() -> None:
    assert ran(REFUSED) == {
        "refused": [{"id": "3", "input": "text", "sentence": "scenes[0].duraton: no such key"}],
        "failed": {"id": "7", "sentence": "Veo refused it"},
        "others": None,
        "within": True,
    }


def test_only_inputs_are_sent() -> None:
    """A player of the film changed the prompt, and the same workflow was rendered twice."""
    ours, others = ran(SENT)
    assert ours == ["text", "mode.duration"]
    assert others == ["text", "mode.duration", "storyreel_fault", "anything"]
