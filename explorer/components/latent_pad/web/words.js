// Descriptions of a plane.

/** @import { Frame } from "./frame.js" */
/** @import { PointSet } from "./points.js" */

/** @param {Frame} frame @param {PointSet} points */
export function describe({ title, axes }, points) {
  return (
    `${title}: latent plane with ${points.finite.length} ${points.finite.length === 1 ? "code" : "codes"}, axes ${axes.join(" and ")}. ` +
    "Arrow keys move a cursor, Enter sets a pin, Shift+Enter pins the nearest image, " +
    "Delete removes a pin, plus and minus zoom, 0 shows everything."
  );
}

// Notes for the visitor when the picture alone would be confusing.
/** @param {PointSet} points @param {string} [note] what else is to be said */
export function remark(points, note = "") {
  const skipped = points.count - points.finite.length;
  const remarks = [];
  if (points.count === 0) remarks.push("No codes yet: encode some images to fill this plane.");
  if (skipped) {
    const counted = skipped === 1 ? "1 code is" : `${skipped.toLocaleString("en")} codes are`;
    remarks.push(`${counted} not finite and cannot be drawn.`);
  }
  if (points.collapsed) {
    remarks.push(`All ${points.finite.length.toLocaleString("en")} codes are at the same point.`);
  }
  if (note) remarks.push(note);
  return remarks.join(" ");
}
