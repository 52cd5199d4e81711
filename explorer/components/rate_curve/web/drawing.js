// Small helpers for drawing with SVG.

/**
 * An element with attributes, and with children or text.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} name
 * @param {Record<string, string | number>} attributes
 * @param {string | SVGElement[]} content
 */
export function svg(name, attributes, content = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (typeof content === "string") element.textContent = content;
  else element.append(...content);
  return element;
}

// An element with words for those who point at it.
/** @param {SVGElement} element @param {string} words */
export function explained(element, words) {
  element.append(svg("title", {}, words));
  return element;
}

// A number as text, with a minus sign rather than a hyphen.
/** @param {number | string} value */
export function numeral(value) {
  return String(value).replaceAll("-", "−");
}

// About `count` round numbers between `low` and `high`.
/** @param {number} low @param {number} high @param {number} count */
export function niceTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) ticks.push(Number((k * step).toPrecision(10)));
  return ticks;
}
