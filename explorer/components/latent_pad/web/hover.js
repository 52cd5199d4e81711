// Where somebody looks: one place, borrowed for as long as the pointer is there, and what the other
// planes make of it. They show the code they have for the same image, or, locked, the same z.

export class Hover {
  constructor(pad) {
    this.pad = pad;
    this.sameZ = false;
  }

  // place: {x, y, code} in the plane's latent space.
  at(plane, place) {
    plane.look(place, this.pad.state.hidden);
    for (const other of this.pad.planes) {
      if (other === plane) continue;
      if (this.sameZ) other.look(other.place(place.x, place.y), this.pad.state.hidden);
      else if (other.points.count === plane.points.count) other.lookAtCode(plane.highlight);
      else other.lookAway();
    }
    this.pad.refresh();
    this.pad.onHover(plane.index, place.x, place.y, plane.highlight);
  }

  leave() {
    for (const plane of this.pad.planes) plane.lookAway();
    this.pad.refresh();
  }

  toggleLock() {
    this.sameZ = !this.sameZ;
    this.pad.changed();
  }
}
