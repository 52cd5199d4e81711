// What stands in a place that Streamlit gives a component: made once, kept from run to run.

const OVERTAKEN = 1000; // ms within which a run that overtakes another is heard of

/**
 * What Streamlit hands over in each run.
 * @template Data what Python sends
 * @typedef {object} Component
 * @property {HTMLElement | ShadowRoot} parentElement
 * @property {Data} data
 * @property {(name: string, value: unknown) => void} setStateValue tells Python
 */

/**
 * What stands in the place.
 * @template Data
 * @typedef {{ update(component: Component<Data>): unknown, destroy(): void }} Standing
 */

/** @type {WeakMap<Node, { mount: Standing<unknown>, run: number }>} */
const places = new WeakMap(); // parent element → what stands there and which run it saw last

/**
 * To be called in every run. At first `make` makes what stands there; what is returned is for
 * Streamlit to clean up with.
 * @template Data
 * @param {Component<Data>} component
 * @param {() => Standing<Data>} make
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
  // Streamlit also cleans up after a run that another overtakes, which then is yet to be heard of:
  // what stands there lives on.
  return () => (host.isConnected ? setTimeout(destroy, OVERTAKEN) : destroy());
}
