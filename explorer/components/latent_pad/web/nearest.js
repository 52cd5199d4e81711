// Finds the code nearest to a point: codes are sorted into square cells once, which are then
// searched ring by ring.

/** @import { PointSet } from "./points.js" */

const POINTS_PER_CELL = 3;
const MAX_CELLS_ACROSS = 400;

/** @typedef {{ index: number, distance: number }} Best squared distance */

export class NearestIndex {
  cell = 1; // side length of a cell
  columns = 0;
  rows = 0;
  // Members of cell c are members[starts[c]] … members[starts[c + 1] - 1].
  members = new Uint32Array();
  starts = new Uint32Array();

  /** @param {PointSet} points */
  constructor(points) {
    const { box, finite } = points;
    this.points = points;
    this.left = box?.xmin ?? 0;
    this.bottom = box?.ymin ?? 0;
    if (!box) return;
    const across = Math.ceil(Math.sqrt(finite.length / POINTS_PER_CELL));
    const extent = Math.max(box.xmax - box.xmin, box.ymax - box.ymin);
    this.cell = extent / Math.min(MAX_CELLS_ACROSS, across) || 1;
    this.columns = Math.floor((box.xmax - box.xmin) / this.cell) + 1;
    this.rows = Math.floor((box.ymax - box.ymin) / this.cell) + 1;
    this.sort();
  }

  /** @param {number} x */
  column(x) {
    return Math.floor((x - this.left) / this.cell);
  }

  /** @param {number} y */
  row(y) {
    return Math.floor((y - this.bottom) / this.cell);
  }

  // A counting sort.
  sort() {
    const { codes, finite } = this.points;
    const cells = new Uint32Array(finite.length);
    const starts = new Uint32Array(this.columns * this.rows + 1);
    finite.forEach((i, k) => {
      cells[k] = this.row(codes[2 * i + 1]) * this.columns + this.column(codes[2 * i]);
      starts[cells[k] + 1] += 1;
    });
    for (let c = 1; c < starts.length; c++) starts[c] += starts[c - 1];
    const next = starts.slice();
    this.members = new Uint32Array(finite.length);
    finite.forEach((i, k) => {
      this.members[next[cells[k]]++] = i;
    });
    this.starts = starts;
  }

  // Index of the code nearest to (x, y) among the classes that are not hidden, or -1.
  /** @param {number} x @param {number} y @param {ReadonlySet<number>} hidden */
  find(x, y, hidden) {
    if (!this.members.length) return -1;
    // A search from outside the cloud starts in the closest cell at its border.
    const column = Math.min(this.columns - 1, Math.max(0, this.column(x)));
    const row = Math.min(this.rows - 1, Math.max(0, this.row(y)));
    const best = { index: -1, distance: Infinity };
    const lastRing = Math.max(this.columns, this.rows);
    for (let ring = 0; ring <= lastRing; ring++) {
      // Every cell of this ring is at least ring - 1 cells away from the point.
      if (best.index >= 0 && (ring - 1) * this.cell > Math.sqrt(best.distance)) break;
      for (let r = row - ring; r <= row + ring; r++) {
        const wholeRow = r === row - ring || r === row + ring;
        for (let c = column - ring; c <= column + ring; c += wholeRow ? 1 : 2 * ring || 1) {
          this.searchCell(r, c, x, y, hidden, best);
        }
      }
    }
    return best.index;
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {number} x
   * @param {number} y
   * @param {ReadonlySet<number>} hidden
   * @param {Best} best
   */
  searchCell(row, column, x, y, hidden, best) {
    if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) return;
    const { codes, labels } = this.points;
    const cell = row * this.columns + column;
    for (let k = this.starts[cell]; k < this.starts[cell + 1]; k++) {
      const i = this.members[k];
      if (hidden.has(labels[i])) continue;
      const distance = (codes[2 * i] - x) ** 2 + (codes[2 * i + 1] - y) ** 2;
      if (distance < best.distance) Object.assign(best, { index: i, distance });
    }
  }
}
