// Links that name everything.

/**
 * The address of the page with all that it shows. What the address says already comes first: it may
 * be newer than what Python has sent.
 * @param {string} href @param {Readonly<Record<string, string>>} shown
 */
export function fullAddress(href, shown) {
  const address = new URL(href);
  for (const [name, text] of Object.entries(shown)) {
    if (!address.searchParams.has(name)) address.searchParams.set(name, text);
  }
  return address.href;
}

// The address with a query parameter set to 1, or without it.
/** @param {string} href @param {string} name @param {boolean} on */
export function switched(href, name, on) {
  const address = new URL(href);
  if (on) address.searchParams.set(name, "1");
  else address.searchParams.delete(name);
  return address.href;
}
