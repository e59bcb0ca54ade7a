// @saintno/comfyui-sdk: connect, upload, run, wait, fetch, settings and files, cancel.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [home, url, picture, quick, slow] = process.argv.slice(2)
const { ComfyApi, CallWrapper, PromptBuilder } = createRequire(`${home}/`)('@saintno/comfyui-sdk')

const api = new ComfyApi(url)
const kinds = new Set()
api.on('all', (event) => kinds.add(event.detail.type))
await api.init().waitForReady()
const { info } = await api.uploadImage(readFileSync(picture), 'picture.png')

const call = (path, output, change) =>
  new Promise((resolve, reject) => {
    const graph = JSON.parse(readFileSync(path))
    change(graph)
    const flow = new PromptBuilder(graph, [], ['made']).setOutputNode('made', output)
    new CallWrapper(api, flow).onFinished(resolve).onFailed(reject).run().catch(reject)
  })
const fetched = async (made) => Buffer.from(await (await fetch(api.getPathImage(made))).arrayBuffer())

const { made } = await call(quick, '2', (graph) => (graph['1'].inputs.image = info.filename))
const png = (await fetched(made.images[0])).subarray(0, 4).toString('hex')
const film = await call(slow, '2', (graph) => (graph['1'].inputs.duration = 1))
const box = (await fetched(film.made.images[0])).subarray(4, 8).toString()

await api.storeSetting('Comfy.Theme', 'dark')
const setting = await api.getSetting('Comfy.Theme')
await api.storeUserData('workflows/mine.json', { nodes: [] })
const kept = await api.listUserData('workflows', true)

const { prompt_id: id } = await api.queuePrompt(null, JSON.parse(readFileSync(slow)))
while (!(await api.getQueue()).queue_running.length) await new Promise((done) => setTimeout(done, 50))
await api.interrupt()
while (!(await api.getHistory(id))) await new Promise((done) => setTimeout(done, 100))
const ended = (await api.getHistory(id)).status.messages.at(-1)[0]

const found = { uploaded: info.filename, png, box, setting, kept, ended, kinds: [...kinds].sort() }
found.extensions = await api.getExtensions()
found.nodes = Object.keys(await api.getNodeDefs()).length
console.log('\n' + JSON.stringify(found))
process.exit(0)
