// The lens: the decoded picture that follows the cursor.

/** @import { Plane } from "./plane.js" */
/** @import { Theme } from "./theme.js" */

const LENS_SIZE = 112; // maximum length of its longer side, in CSS pixels
const LENS_SHARE = 0.3; // maximum fraction of the plane's width
const LENS_GAP = 18; // pixels between cursor and lens

/** @param {CanvasRenderingContext2D} context @param {Plane} plane @param {Theme} theme */
export function drawLens(context, plane, theme) {
  const { gaze, view } = plane;
  const picture = gaze.place && plane.pictureAt(gaze.place);
  if (!gaze.place || !picture) return;
  const room = Math.min(LENS_SIZE, LENS_SHARE * view.width);
  const zoom = Math.max(1, Math.floor(room / Math.max(picture.width, picture.height)));
  const [width, height] = [zoom * picture.width, zoom * picture.height];
  const [px, py] = [view.screenX(gaze.place.x), view.screenY(gaze.place.y)];
  // Up and to the right of the cursor, unless that would leave the plane.
  const left = px + LENS_GAP + width < view.width ? px + LENS_GAP : px - LENS_GAP - width;
  const top = py - LENS_GAP - height > 0 ? py - LENS_GAP - height : py + LENS_GAP;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, left, top, width, height);
  context.lineWidth = 1;
  context.strokeStyle = theme.ink;
  context.strokeRect(left, top, width, height);
}
