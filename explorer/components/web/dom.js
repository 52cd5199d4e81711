// Builds elements without templates, so that no title or class name can inject markup.

/** @typedef {{ [name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[name]) => void }} Handlers */
/** @typedef {{ [attribute: string]: string | number | Handlers | undefined, on?: Handlers }} Attributes */

/**
 * An element with attributes; `text` is its text and `on` its event handlers.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, { text, on = {}, ...attributes } = {}, children = []) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = String(text);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  for (const [event, handler] of Object.entries(on)) node.addEventListener(event, /** @type {EventListener} */ (handler));
  node.append(...children);
  return node;
}

/**
 * The context for drawing on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("this browser cannot draw on a canvas");
  return context;
}
