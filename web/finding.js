/**
 * How templates and nodes are found: titles in words and free templates first in the template browser, other words for
 * the nodes in the search box, colours for the wires of our types. Nothing here is needed to run a workflow.
 */
import { api } from '../../scripts/api.js'
import { app } from '../../scripts/app.js'

/** What people type who don't know our names. The search box reads it since frontend 1.36; older ones ignore it. */
const SEARCH_ALIASES = {
  StoryreelAnimaticClip: ['ken burns', 'image to video', 'pan and zoom', 'title card', 'still to video'],
  StoryreelAutoVideo: ['text to video', 'image to video', 'cheapest model'],
  StoryreelCaptions: ['subtitles', 'srt', 'vtt', 'burn subtitles', 'karaoke'],
  StoryreelColorMatch: ['color grading', 'color transfer', 'colour'],
  StoryreelContactSheet: ['grid', 'storyboard sheet', 'thumbnails'],
  StoryreelDuck: ['sidechain', 'ducking', 'lower music'],
  StoryreelEstimate: ['price', 'cost'],
  StoryreelBudgetGuard: ['price', 'cost', 'spending limit'],
  StoryreelExtendVideo: ['longer video', 'continue video'],
  StoryreelExtractFrame: ['last frame', 'first frame', 'video to image'],
  StoryreelFade: ['fade in', 'fade out'],
  StoryreelFilmSettings: ['resolution', 'fps', 'tiktok', 'reels', 'shorts', 'youtube'],
  StoryreelGeminiOmni: ['google', 'text to video', 'image to video'],
  StoryreelHeyGen: ['talking head', 'lip sync', 'avatar'],
  StoryreelJoinClips: ['concat', 'concatenate videos', 'combine videos', 'merge videos', 'slideshow'],
  StoryreelKeyframe: ['imagen', 'nano banana', 'text to image'],
  StoryreelKeyframes: ['imagen', 'nano banana', 'text to image'],
  StoryreelKling: ['text to video', 'image to video'],
  StoryreelLoadStoryboard: ['slideshow', 'script'],
  StoryreelLoudness: ['normalize', 'lufs', 'ebu r128'],
  StoryreelMixAudio: ['combine audio', 'merge audio', 'soundtrack'],
  StoryreelMusicByMood: ['background music', 'soundtrack'],
  StoryreelNarrate: ['tts', 'text to speech', 'voice over', 'voiceover'],
  StoryreelNarratedSequence: ['slideshow', 'voice over', 'ken burns'],
  StoryreelPika: ['text to video', 'image to video'],
  StoryreelRenderFilm: ['save video', 'export', 'mp4', 'encode'],
  StoryreelRunway: ['text to video', 'image to video', 'gen-4', 'seedance', 'hailuo', 'wan'],
  StoryreelScenesFromPrompts: ['slideshow', 'prompt list'],
  StoryreelShoot: ['render storyboard', 'slideshow'],
  StoryreelStoryboard: ['script', 'slideshow', 'yaml', 'json'],
  StoryreelSVD: ['stable video diffusion', 'image to video', 'local'],
  StoryreelSyncAudio: ['add audio', 'mux', 'soundtrack'],
  StoryreelTransition: ['crossfade', 'dissolve', 'wipe', 'xfade'],
  StoryreelTrim: ['cut', 'split video'],
  StoryreelVeo: ['google', 'vertex', 'text to video', 'image to video'],
  StoryreelVolume: ['gain', 'pan']
}

/** ComfyUI paints unknown types grey. */
const WIRE_COLORS = [
  [/_BOARD/, '#e0a458'],
  [/_TIMELINE/, '#5fb3b3'],
  [/_SETTINGS/, '#c594c5']
]

const FOLDER = new URL(import.meta.url).pathname.split('/').at(-2) // what this pack's folder in custom_nodes is called
const ROUTE = `/workflow_templates/${FOLDER}/`
const files = new Map() // from a template's title in the browser to its file

async function readTemplates() {
  const answer = await fetch(new URL('./templates.json', import.meta.url))
  return answer.ok ? (await answer.json()).templates : []
}

/**
 * Lists our templates by title, free ones first. The browser knows a pack's template by one name, which is its title
 * and its file's name at once, and asks `apiURL` where that file is. A template that isn't in our list keeps its name.
 */
function nameTemplates() {
  const { getWorkflowTemplates, apiURL } = api
  api.getWorkflowTemplates = async function () {
    const [listed, known] = await Promise.all([getWorkflowTemplates.call(this), readTemplates().catch(() => [])])
    const names = new Set(listed[FOLDER] ?? [])
    const titles = []
    for (const { name, title, free } of known) {
      if (!names.delete(name)) continue
      const shown = `${free ? 'Free' : 'Paid'} - ${title}` // first, since long titles are cut short
      files.set(shown, name)
      titles.push(shown)
    }
    return titles.length ? { ...listed, [FOLDER]: [...titles, ...names] } : listed
  }
  api.apiURL = function (route) {
    return apiURL.call(this, route.startsWith(ROUTE) ? ROUTE + fileOf(route.slice(ROUTE.length)) : route)
  }
}

/** The file asked for by a title, with or without its ending: frontends write a picture's behind the address. */
function fileOf(asked) {
  const stem = asked.replace(/\.(json|jpg)$/, '')
  return (files.get(stem) ?? stem) + asked.slice(stem.length)
}

/**
 * Gives our types their colours: classic nodes read the two tables, Vue nodes the style. Every palette that is loaded
 * sets the types that it doesn't name to none, so ours stand in for none; what a palette does name comes first.
 */
function colorWires(types) {
  const rules = []
  for (const type of types) {
    const color = WIRE_COLORS.find(([pattern]) => pattern.test(type))?.[1]
    if (!color) continue
    for (const table of [app.canvas?.default_connection_color_byType, window.LGraphCanvas?.link_type_colors]) {
      if (table) standIn(table, type, color)
    }
    rules.push(`--color-datatype-${type}: ${color};`)
  }
  const sheet = document.createElement('style')
  sheet.textContent = `:root { ${rules.join(' ')} }`
  document.head.append(sheet)
}

function standIn(table, type, color) {
  let chosen = table[type]
  const set = (value) => (chosen = value)
  Object.defineProperty(table, type, { get: () => chosen || color, set, enumerable: true, configurable: true })
}

const types = new Set()

nameTemplates()

app.registerExtension({
  name: 'Storyreel.finding',

  addCustomNodeDefs(definitions) {
    for (const [id, definition] of Object.entries(definitions)) {
      if (!id.startsWith('Storyreel')) continue
      if (SEARCH_ALIASES[id]) definition.search_aliases = SEARCH_ALIASES[id]
      for (const type of definition.output ?? []) if (type.startsWith?.('STORYREEL_')) types.add(type)
    }
  },

  setup() {
    colorWires(types)
  }
})
