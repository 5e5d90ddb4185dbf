// The photo on the stage: tiles by OpenSeadragon, and above them a layer in the photo's own coordinates.

import { byId, calm, clamp } from "./dom.js";
import { photoOf } from "./store.js";
import { number } from "./strings.js";
import * as tiles from "./tiles.js";

const OSD = globalThis.OpenSeadragon;

let viewer;
// Whether the whole photo is shown, and is to stay so when the window changes.
let atHome = true;
const listeners = [];

export function start() {
  // OpenSeadragon adds a style sheet unless it finds its own; the page's policy allows none, and it is for phones' focus only.
  const own = document.createElementNS("urn:none", "style");
  own.setAttribute("data-openseadragon-mobile-css", "true");
  document.head.append(own);
  viewer = OSD({
    element: byId("viewer"),
    drawer: "canvas",
    showNavigationControl: false,
    tabIndex: -1,
    visibilityRatio: 0.4,
    minZoomImageRatio: 0.5,
    maxZoomPixelRatio: 6,
    viewportMargins: margins(),
    animationTime: calm() ? 0 : 0.5,
    springStiffness: 9,
    imageLoaderLimit: 4,
    // A click may take its time: not every hand is quick, and few are quite still.
    clickTimeThreshold: 3000,
    clickDistThreshold: 8,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false },
    gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false },
  });
  viewer.innerTracker.keyHandler = null;
  viewer.innerTracker.keyDownHandler = null;
  for (const event of ["canvas-drag", "canvas-scroll", "canvas-pinch"]) viewer.addHandler(event, () => { atHome = false; });
  // OpenSeadragon zooms after its "resize"; the whole photo is shown again once that is done.
  let resized = false;
  viewer.addHandler("resize", () => { resized = true; });
  viewer.addHandler("viewport-change", () => {
    if (!resized) return;
    resized = false;
    viewer.viewport.setMargins(margins());
    if (atHome) viewer.viewport.goHome(true);
  });
  for (const event of ["update-viewport", "open", "resize", "animation"]) viewer.addHandler(event, place);
  tiles.start(viewer, {
    placed: (first) => {
      if (first && atHome) viewer.viewport.goHome(true);
      place();
    },
    cleared: () => { atHome = true; },
  });
}

/** Calls `listener()` whenever the photo has moved on the screen. */
export const onMove = (listener) => listeners.push(listener);

/** Calls `listener(event)` for a click or tap on the photo that was no drag; event: {at: [x, y], originalEvent}. */
export function onClick(listener) {
  viewer.addHandler("canvas-click", (event) => {
    if (!event.quick) return;
    const box = byId("viewer").getBoundingClientRect();
    const at = toPhoto(event.position.x + box.left, event.position.y + box.top);
    if (at.every((value) => value >= 0 && value <= 1)) listener({ at, originalEvent: event.originalEvent });
  });
}

/** Fractions [x, y] of the photo at a place of the window. */
export function toPhoto(clientX, clientY) {
  const box = byId("layer").getBoundingClientRect();
  return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
}

/** Where a place of the photo is in the window. */
export function toWindow([x, y]) {
  const box = byId("layer").getBoundingClientRect();
  return [box.left + x * box.width, box.top + y * box.height];
}

/** Width and height of the photo on the screen, in CSS pixels. */
export function sizeOnScreen() {
  const box = byId("layer").getBoundingClientRect();
  return [box.width, box.height];
}

export function zoomBy(factor) {
  atHome = false;
  viewer.viewport.zoomBy(factor);
  viewer.viewport.applyConstraints();
}

export function zoomToFit() {
  atHome = true;
  viewer.viewport?.goHome(calm());
}

/** From the whole photo to its own pixels, and back. */
export function toggleFit() {
  const viewport = viewer.viewport;
  if (!tiles.shown() || !atHome) return zoomToFit();
  atHome = false;
  return viewport.zoomTo(tiles.shown().imageToViewportZoom(1 / devicePixelRatio));
}

/** Pans so that a place of the photo is well inside the window. */
export function reveal(at) {
  const box = byId("stage").getBoundingClientRect();
  const [x, y] = toWindow(at);
  const margin = 48;
  const across = x - clamp(x, box.left + margin, box.right - margin);
  const down = y - clamp(y, box.top + margin, box.bottom - margin);
  if (across || down) panBy(down, across);
}

/** Moves the photo up and to the left by so many pixels of the window. */
export function panBy(down, across = 0) {
  atHome = false;
  viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(new OSD.Point(across, down)));
}

/** Enlarges by a factor about a place of the window, which moves there from another. */
export function pinchBy(factor, from, to) {
  const box = byId("viewer").getBoundingClientRect();
  atHome = false;
  viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(new OSD.Point(from[0] - to[0], from[1] - to[1])), true);
  viewer.viewport.zoomBy(factor, viewer.viewport.pointFromPixel(new OSD.Point(to[0] - box.left, to[1] - box.top)), true);
}

/** Shows the photo before up to `share` of the window's width: 0 none of it, 1 all. */
export function showBefore(share) {
  const [layer, box] = [byId("layer").getBoundingClientRect(), byId("viewer").getBoundingClientRect()];
  const edge = clamp((box.left + share * box.width - layer.left) / layer.width);
  byId("before").style.clipPath = `inset(0 ${100 * (1 - edge)}% 0 0)`;
  byId("preview").style.clipPath = share > 0 ? `inset(0 0 0 ${100 * edge}%)` : "";
  tiles.showBefore(share > 0 ? edge : null);
}

export const setNavigation = (free) => viewer.setMouseNavEnabled(free);

// Lays the layer over the photo as OpenSeadragon shows it now; before the first tiles, over the whole stage.
function place() {
  const layer = byId("layer");
  const photo = photoOf();
  if (!photo) return;
  const item = tiles.shown();
  let [left, top, width, height] = fitted(photo);
  if (item) {
    const start = item.imageToViewerElementCoordinates(new OSD.Point(0, 0));
    const end = item.imageToViewerElementCoordinates(new OSD.Point(photo.width, photo.height));
    [left, top, width, height] = [start.x, start.y, end.x - start.x, end.y - start.y];
  }
  layer.style.transform = `translate(${left}px, ${top}px)`;
  layer.style.width = `${width}px`;
  layer.style.height = `${height}px`;
  byId("zoom-fit").textContent = `${number((100 * width * devicePixelRatio) / photo.width)} %`;
  for (const each of listeners) each();
}

function fitted(photo) {
  const box = byId("viewer").getBoundingClientRect();
  const { left, right, top, bottom } = margins();
  const [across, down] = [box.width - left - right, box.height - top - bottom];
  const scale = Math.min(across / photo.width, down / photo.height);
  const [width, height] = [scale * photo.width, scale * photo.height];
  return [left + (across - width) / 2, top + (down - height) / 2, width, height];
}

// Room for the tools, so that the whole photo is beside them: at the left, or on an upright phone below.
function margins() {
  if (matchMedia("(max-height: 480px)").matches) return { left: 64, right: 8, top: 8, bottom: 8 };
  if (matchMedia("(max-width: 760px)").matches) return { left: 8, right: 8, top: 8, bottom: 76 };
  return { left: 92, right: 16, top: 16, bottom: 56 };
}
