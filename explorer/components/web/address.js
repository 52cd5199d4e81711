// The address of the page.

// Show another address in place of this one, without loading anything.
/** @param {string} href */
export function replaceAddress(href) {
  if (href !== window.location.href) window.history.replaceState(window.history.state, "", href);
}
