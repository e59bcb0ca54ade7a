/**
 * The question before the first purchase. A dialog of the browser's own: it lies above whatever notices the canvas has
 * open, in every version of the frontend, and shows the whole question beside the answer.
 */

const HTML = `
  <form method="dialog">
    <h2>Spend money?</h2>
    <p>A Storyreel node of this workflow buys from a paid service. The run was stopped before the purchase.</p>
    <label>Workflows on this ComfyUI may spend up to
      <span>$ <input type="number" name="day" value="5" min="0.01" max="100000" step="0.01" required> a day</span>
    </label>
    <p>Your answer is kept on the machine where ComfyUI runs. There, <code>storyreel consent</code> shows it, changes it
      and takes it back.</p>
    <menu>
      <button value="" formnovalidate>Cancel</button>
      <button value="allow">Allow</button>
    </menu>
  </form>`

const CSS = `
  .storyreel-consent { box-sizing: border-box; width: min(30rem, calc(100vw - 2rem)); margin: auto; padding: 1.5rem;
    border: 1px solid #55585f; border-radius: 10px; background: #202124; color: #f1f1f1;
    font: 16px/1.45 system-ui, sans-serif; pointer-events: auto; }
  .storyreel-consent::backdrop { background: #000a; }
  .storyreel-consent h2 { margin: 0 0 .75rem; font-size: 1.25rem; font-weight: 600; }
  .storyreel-consent p, .storyreel-consent label { display: block; margin: 0 0 1rem; }
  .storyreel-consent span { display: block; margin-top: .4rem; }
  .storyreel-consent input { width: 7rem; padding: .35rem .5rem; border: 1px solid #8a8d94; border-radius: 6px;
    background: #111214; color: inherit; font: inherit; }
  .storyreel-consent code { font-family: ui-monospace, monospace; }
  .storyreel-consent menu { display: flex; justify-content: flex-end; gap: .75rem; margin: 0; padding: 0; }
  .storyreel-consent button { padding: .45rem 1.2rem; border: 1px solid #8a8d94; border-radius: 6px;
    background: transparent; color: inherit; font: inherit; cursor: pointer; }
  .storyreel-consent button[value=allow] { border-color: #2f7d3f; background: #2f7d3f; color: #fff; }`

/** Dollars a day, or null where a person says no. */
export function askForDollars() {
  const dialog = document.createElement('dialog')
  dialog.className = 'storyreel-consent'
  dialog.setAttribute('aria-label', 'Spend money?')
  dialog.innerHTML = `<style>${CSS}</style>${HTML}`
  const input = dialog.querySelector('input')
  // Enter in the field presses a form's first button, which is Cancel; and what is typed is no shortcut of the canvas.
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation()
    if (event.key !== 'Enter' || event.target !== input) return
    event.preventDefault()
    input.form.requestSubmit(input.form.querySelector('[value=allow]'))
  })
  document.body.append(dialog)
  dialog.showModal()
  input.select()
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      const day = Number(input.value)
      done(dialog.returnValue === 'allow' && day > 0 ? day : null)
      dialog.remove()
    })
  })
}
