// Streamlit around the tools.

import { mounted } from "../../web/mounts.js";
import { Tools } from "./tools.js";

/** @import { Component as Handed } from "../../web/mounts.js" */
/** @import { Data } from "./wire.d.ts" */

/** @param {Handed<Data>} component */
export default function (component) {
  return mounted(component, () => new Tools(component.parentElement));
}
