// Has the browser remember a name for a year. It shows nothing.

/** @import { Component as Handed } from "../../web/mounts.js" */
/** @import { Data } from "./wire.d.ts" */

const YEAR = 365 * 24 * 3600; // seconds

/** @param {Handed<Data>} component */
export default function ({ data }) {
  // biome-ignore lint/suspicious/noDocumentCookie: older browsers have nothing else
  document.cookie = `${data.name}=1; Max-Age=${YEAR}; Path=/; SameSite=Lax`;
}
