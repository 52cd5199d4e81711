// Keeps what a component shows in the element that Streamlit provides from run to run.

const REPLACED_WITHIN = 1000; // ms within which a run that replaces another one arrives

/**
 * What Streamlit passes in each run.
 * @template Data sent by Python
 * @typedef {object} Component
 * @property {HTMLElement | ShadowRoot} parentElement
 * @property {Data} data
 * @property {(name: string, value: unknown) => void} setStateValue reports to Python
 */

/**
 * What is shown in the element.
 * @template Data
 * @typedef {{ update(component: Component<Data>): unknown, destroy(): void }} Mountable
 */

/** @type {WeakMap<Node, { mount: Mountable<unknown>, run: number }>} */
const places = new WeakMap(); // parent element → what is shown in it, and its latest run

/**
 * To be called in every run. In the first run, `make` creates what is shown. Returns the cleanup
 * function for Streamlit.
 * @template Data
 * @param {Component<Data>} component
 * @param {() => Mountable<Data>} make
 */
export function mounted(component, make) {
  const host = component.parentElement;
  const place = places.get(host) ?? { mount: make(), run: 0 };
  places.set(host, place);
  const run = ++place.run;
  place.mount.update(component);
  const destroy = () => {
    if (run !== place.run) return;
    place.run += 1;
    places.delete(host);
    place.mount.destroy();
  };
  // Streamlit also cleans up after a run that is about to be replaced by another one. So wait for
  // that run: if it arrives, nothing is destroyed.
  return () => (host.isConnected ? setTimeout(destroy, REPLACED_WITHIN) : destroy());
}
