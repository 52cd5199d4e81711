// Descriptions of a plane.

/** @import { Frame } from "./frame.js" */
/** @import { PointSet } from "./points.js" */

/** @param {Frame} frame @param {PointSet} points */
export function describe({ title, axes }, points) {
  return (
    `${title}: latent plane with ${points.finite.length} ${points.finite.length === 1 ? "code" : "codes"}, axes ${axes.join(" and ")}. ` +
    "Arrow keys move a cursor, Enter sets a pin, Shift+Enter pins the nearest image, " +
    "Delete removes a pin, Ctrl+Z puts it back, plus and minus zoom, 0 shows everything."
  );
}

// Notes for the visitor when the picture alone would be confusing.
/** @param {Frame} frame @param {PointSet} points */
export function remark(frame, points) {
  const skipped = points.count - points.finite.length;
  const remarks = [];
  if (points.count === 0) remarks.push("No codes yet: encode some images to fill this plane.");
  if (skipped) {
    const counted = skipped === 1 ? "1 code is" : `${skipped.toLocaleString("en")} codes are`;
    remarks.push(`${counted} not finite and cannot be drawn.`);
  }
  if (points.collapsed && !frame.prior) {
    remarks.push(`All ${points.finite.length.toLocaleString("en")} codes are at the same point.`);
  }
  if (frame.note) remarks.push(frame.note);
  return remarks.join(" ");
}
