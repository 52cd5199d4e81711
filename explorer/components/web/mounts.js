// What stands in a place that Streamlit gives a component: made once, kept from run to run.

const OVERTAKEN = 1000; // ms within which a run that overtakes another is heard of

const places = new WeakMap(); // parent element → what stands there and which run it saw last

// To be called in every run. At first `make` makes an object with `update(component)` and
// `destroy()`; what is returned is for Streamlit to clean up with.
export function mounted(component, make) {
  const host = component.parentElement;
  if (!places.has(host)) places.set(host, { mount: make(), run: 0 });
  const place = places.get(host);
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
