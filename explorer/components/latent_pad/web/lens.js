// The lens: the decoded picture that follows the cursor.

const SIZE = 140; // CSS pixels of its longer side, about and at most
const SHARE = 0.3; // of the plane's width that it may cover
const GAP = 18; // pixels between cursor and lens

// at: world position under the cursor, or of the code that another plane points at.
export function drawLens(context, { decoder, view }, at, theme) {
  const room = Math.min(SIZE, SHARE * view.width);
  const zoom = Math.max(1, Math.floor(room / Math.max(decoder.width, decoder.height)));
  const [width, height] = [zoom * decoder.width, zoom * decoder.height];
  const [px, py] = [view.screenX(at.x), view.screenY(at.y)];
  // Up and to the right of the cursor, unless that would leave the plane.
  const left = px + GAP + width < view.width ? px + GAP : px - GAP - width;
  const top = py - GAP - height > 0 ? py - GAP - height : py + GAP;
  context.imageSmoothingEnabled = false;
  context.drawImage(decoder.picture(at.x, at.y), left, top, width, height);
  context.lineWidth = 1;
  context.strokeStyle = theme.ink;
  context.strokeRect(left, top, width, height);
}
