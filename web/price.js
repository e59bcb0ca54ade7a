/**
 * What a clip will cost, by the widgets of its node and the rows of the catalogue; the same sums as
 * studio/providers/capability.py.
 */

/** The nodes that buy a clip, by their ids, and what no widget of theirs says. */
const NODES = {
  StoryreelVeo: {},
  StoryreelGeminiOmni: {},
  StoryreelKling: {},
  StoryreelPika: {},
  StoryreelRunway: {},
  StoryreelExtendVideo: { mode: 'extend' },
  StoryreelAutoVideo: {},
  StoryreelHeyGen: {},
  StoryreelKeyframe: { mode: 'picture', duration: 1 }
}

/** Modes whose clip is as long as what comes in, or as what is said: nobody knows before. */
const AS_LONG_AS_IT_TAKES = ['edit', 'avatar', 'portrait']

/** The text of a node's badge, such as "$3.20" or "$0.80 to 3.20"; null for a node that buys nothing. */
export function badgeText(node, rows) {
  const fixed = NODES[node.comfyClass ?? node.type]
  if (!fixed) return null
  const asked = { ...widgetValues(node), ...fixed }
  const able = rows.filter((row) => meant(row, asked))
  // A model with one mode has no widget for it.
  asked.mode ??= modesOf(able[0])[0]
  if (AS_LONG_AS_IT_TAKES.includes(asked.mode)) return spread(able.map((row) => perSecond(row, asked)), ' a second')
  return spread(able.map((row) => price(row, asked)))
}

/** Values by the last part of a widget's name: `mode.duration` and `model.mode.duration` are both the duration. */
function widgetValues(node) {
  return Object.fromEntries((node.widgets ?? []).map((widget) => [widget.name.split('.').pop(), widget.value]))
}

const modesOf = (row) => Object.keys(row?.modes ?? {}).filter((mode) => mode !== 'extend')

function meant(row, asked) {
  const named = (asked.models ?? '').split(/[\s,;]+/).filter(Boolean)
  return (
    (!asked.model || row.model === asked.model) &&
    (!asked.door || asked.door === 'auto' || row.provider === asked.door) &&
    (!named.length || named.includes(row.model)) &&
    !(asked.audio === true && row.audio === 'never') &&
    (!asked.mode || asked.mode in row.modes)
  )
}

/** How many pictures a mode takes, at least. */
const PICTURES = { image: 1, frames: 2, references: 1 }

/** Dollars, or null if that model can't make it. */
function price(row, asked) {
  const mode = row.modes[asked.mode]
  const wrong = (options, value) => options.length && value !== undefined && !options.includes(value)
  if (wrong(mode.resolutions, asked.resolution) || wrong(mode.ratios, asked.aspect_ratio)) return null
  const wanted = Number(asked.duration)
  const bought = mode.durations.length
    ? mode.durations.find((length) => length >= wanted)
    : wanted <= mode.longest
      ? Math.max(wanted, mode.shortest)
      : undefined
  if (bought === undefined) return null
  const forbidden = row.only.some(
    (rule) =>
      (!rule.resolutions.length || rule.resolutions.includes(asked.resolution)) &&
      (!rule.modes.length || rule.modes.includes(asked.mode)) &&
      !rule.durations.includes(bought)
  )
  const second = perSecond(row, asked)
  if (forbidden || second === null) return null
  return Math.max(second * bought + row.picture_price * (PICTURES[asked.mode] ?? 0), row.least_price)
}

function perSecond(row, asked) {
  const silent = row.audio === 'switch' && asked.audio === false
  const prices = silent ? { ...row.prices, ...row.silent_prices } : row.prices
  return prices[asked.resolution ?? '720p'] ?? prices[''] ?? null
}

function spread(found, per = '') {
  const costs = found.filter((cost) => cost !== null)
  if (!costs.length) return "can't be made"
  const low = Math.min(...costs).toFixed(2)
  const high = Math.max(...costs).toFixed(2)
  return (low === high ? `$${low}` : `$${low} to ${high}`) + per
}
