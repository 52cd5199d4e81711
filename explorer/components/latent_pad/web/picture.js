// Numbers (C, H, W) as a small canvas, one pixel each.

export class Picture {
  constructor([channels, height, width]) {
    [this.channels, this.pixels] = [channels, width * height];
    this.image = new ImageData(width, height);
    this.canvas = document.createElement("canvas");
    [this.canvas.width, this.canvas.height] = [width, height];
    // Written and shown many times a second: kept where the processor is.
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  // values count up to 255 / scale; the array clamps and rounds what is written to it.
  show(values, scale) {
    const { data } = this.image;
    for (let p = 0; p < this.pixels; p++) {
      for (let c = 0; c < 3; c++) {
        const channel = this.channels === 3 ? c : 0;
        data[4 * p + c] = scale * values[channel * this.pixels + p];
      }
      data[4 * p + 3] = 255;
    }
    this.context.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

// A canvas of one's own for the pictures of places. They come from a decoder or an atlas, of which
// there is one for all who look: an object with shape, scale and values({x, y, code}), which is null
// where there is no picture, and otherwise good until the next call.
export class Sheet {
  // The picture of a place on this sheet, good until the next; or null.
  draw(source, place) {
    const values = source.values(place);
    if (!values) return null;
    const { shape, scale } = source;
    if (String(this.shape) !== String(shape)) [this.shape, this.picture] = [shape, new Picture(shape)];
    return this.picture.show(values, scale);
  }
}

export function copied(canvas) {
  const copy = document.createElement("canvas");
  copyOnto(copy, canvas);
  return copy;
}

// Draw one canvas on another, which takes its size; says whether that was another size.
export function copyOnto(target, source) {
  const { width, height } = source;
  const resized = target.width !== width || target.height !== height;
  if (resized) Object.assign(target, { width, height });
  target.getContext("2d").drawImage(source, 0, 0);
  return resized;
}

// Grey levels (C, H, W) as base64, as a canvas of their own.
export function drawn(base64, shape) {
  const levels = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Picture(shape).show(levels, 1);
}
