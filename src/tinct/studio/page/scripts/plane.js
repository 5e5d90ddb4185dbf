// The plane of all colours at one lightness: a across, b upwards, empty where sRGB ends.

import { clamp, element } from "./dom.js";
import { gesture } from "./edits.js";
import { extentAt, inGamut, labToRgb } from "./lab.js";
import { number, t } from "./strings.js";

const SIZE = 112;

export class Plane {
  /** choose(a, b, gesture) is called while one drags, and for arrow keys. */
  constructor(choose) {
    Object.assign(this, { choose, extent: 100, a: 0, b: 0, during: null, lightness: null });
    this.canvas = element("canvas", { width: SIZE, height: SIZE });
    this.dot = element("span", { class: "dot" });
    this.root = element("div", { class: "plane", role: "application", tabindex: 0, "aria-label": t("plane") }, this.canvas, this.dot);
    this.root.addEventListener("pointerdown", (event) => {
      this.root.setPointerCapture(event.pointerId);
      this.during = gesture();
      this.point(event);
    });
    this.root.addEventListener("pointermove", (event) => { if (this.during) this.point(event); });
    for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, () => { this.during = null; });
    this.root.addEventListener("keydown", (event) => this.onKey(event));
  }

  draw(lightness) {
    if (lightness === this.lightness) return;
    this.lightness = lightness;
    this.extent = extentAt(lightness);
    const context = this.canvas.getContext("2d");
    const pixels = context.createImageData(SIZE, SIZE);
    for (let row = 0; row < SIZE; row++)
      for (let column = 0; column < SIZE; column++) {
        const rgb = labToRgb(lightness, this.extent * (2 * (column + 0.5) / SIZE - 1), this.extent * (1 - 2 * (row + 0.5) / SIZE));
        if (inGamut(rgb)) pixels.data.set([...rgb.map((value) => 255 * value), 255], 4 * (row * SIZE + column));
      }
    context.putImageData(pixels, 0, 0);
    this.mark(this.a, this.b);
  }

  mark(a, b) {
    Object.assign(this, { a, b });
    this.dot.style.left = `${50 + (50 * clamp(a, -this.extent, this.extent)) / this.extent}%`;
    this.dot.style.top = `${50 - (50 * clamp(b, -this.extent, this.extent)) / this.extent}%`;
    this.root.setAttribute("aria-description", t("plane.value", { a: number(a), b: number(b) }));
  }

  point(event) {
    const box = this.root.getBoundingClientRect();
    const across = clamp((event.clientX - box.left) / box.width), down = clamp((event.clientY - box.top) / box.height);
    this.set(this.extent * (2 * across - 1), this.extent * (1 - 2 * down), this.during);
  }

  onKey(event) {
    const far = event.shiftKey ? 10 : 2;
    const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(this.end);
    this.keys ??= gesture();
    this.end = setTimeout(() => { this.keys = null; }, 600);
    const [a, b] = steps[event.key];
    this.set(clamp(this.a + a, -this.extent, this.extent), clamp(this.b + b, -this.extent, this.extent), this.keys);
  }

  set(a, b, during) {
    this.mark(a, b);
    this.choose(a, b, during);
  }
}
