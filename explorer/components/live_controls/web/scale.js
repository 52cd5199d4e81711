// The KL weight's scale: 0 at the left end, then logarithmic. A place is an integer from 0 to STEPS.

export const STEPS = 400;
const DIGITS = 3;

/** @param {number} place @param {number} least @param {number} most */
export function weightAt(place, least, most) {
  if (place <= 0) return 0;
  return Number((least * (most / least) ** ((place - 1) / (STEPS - 1))).toPrecision(DIGITS));
}

// The result may lie between two places, or beyond the scale.
/** @param {number} weight @param {number} least @param {number} most */
export function placeOf(weight, least, most) {
  if (weight <= 0) return 0;
  return 1 + ((STEPS - 1) * Math.log(weight / least)) / Math.log(most / least);
}
