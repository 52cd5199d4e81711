// Where the plane lies in the latent space: places {x, y} to codes and back.

const FLAT = { center: [0, 0], axes: [[1, 0], [0, 1]] };

export class Surface {
  // center: (d,) the code at the origin; axes: two orthonormal rows (2, d), zero where there is none.
  constructor(description) {
    const { center, axes } = description ?? FLAT;
    Object.assign(this, { center, axes });
  }

  code(x, y) {
    const [first, second] = this.axes;
    return this.center.map((origin, i) => origin + x * first[i] + y * second[i]);
  }

  place(code) {
    const along = (axis) => axis.reduce((sum, step, i) => sum + step * (code[i] - this.center[i]), 0);
    return { x: along(this.axes[0]), y: along(this.axes[1]), code };
  }
}
