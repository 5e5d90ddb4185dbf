// The plane of all colours at one lightness: a across, b upwards, empty where sRGB ends.

import { clamp, element } from "./dom.js";
import { gesture } from "./edits.js";
import { gamutBounds, labToRgb } from "./lab.js";
import { number, t } from "./strings.js";

const SIZE = 128;
// How far outside sRGB the plane fades out, so that its edge is smooth.
const EDGE = 0.02;

export class Plane {
  /** choose(a, b, gesture) is called while one drags, and for arrow keys. */
  constructor(choose) {
    Object.assign(this, { choose, bounds: { a: 0, b: 0, half: 100 }, a: 0, b: 0, during: null, lightness: null });
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
    this.bounds = gamutBounds(lightness);
    const context = this.canvas.getContext("2d");
    const pixels = context.createImageData(SIZE, SIZE);
    for (let row = 0; row < SIZE; row++)
      for (let column = 0; column < SIZE; column++) {
        const rgb = labToRgb(lightness, ...this.colorAt((column + 0.5) / SIZE, (row + 0.5) / SIZE));
        const outside = Math.max(0, -Math.min(...rgb), Math.max(...rgb) - 1);
        if (outside < EDGE) pixels.data.set([...rgb.map((value) => 255 * value), 255 * (1 - outside / EDGE)], 4 * (row * SIZE + column));
      }
    context.putImageData(pixels, 0, 0);
    this.mark(this.a, this.b);
  }

  mark(a, b) {
    Object.assign(this, { a, b });
    const [left, top] = this.placeOf(a, b);
    this.dot.style.left = `${100 * clamp(left)}%`;
    this.dot.style.top = `${100 * clamp(top)}%`;
    const [across, down] = this.placeOf(0, 0);
    this.root.style.setProperty("--across", `${100 * across}%`);
    this.root.style.setProperty("--down", `${100 * down}%`);
    this.root.setAttribute("aria-description", t("plane.value", { a: number(a), b: number(b) }));
  }

  point(event) {
    const box = this.root.getBoundingClientRect();
    const across = clamp((event.clientX - box.left) / box.width), down = clamp((event.clientY - box.top) / box.height);
    this.set(...this.colorAt(across, down), this.during);
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
    this.set(clamp(this.a + a, -128, 128), clamp(this.b + b, -128, 128), this.keys);
  }

  colorAt(across, down) {
    const { a, b, half } = this.bounds;
    return [a + half * (2 * across - 1), b + half * (1 - 2 * down)];
  }

  placeOf(a, b) {
    const { half } = this.bounds;
    return [(1 + (a - this.bounds.a) / half) / 2, (1 - (b - this.bounds.b) / half) / 2];
  }

  set(a, b, during) {
    this.mark(a, b);
    this.choose(a, b, during);
  }
}
