// The photo on the stage: tiles by OpenSeadragon, and above them a layer in the photo's own coordinates.

import * as api from "./api.js";
import { byId, calm, clamp } from "./dom.js";
import { documentOf, on } from "./store.js";
import { Preview } from "./preview.js";
import { number } from "./strings.js";

const OSD = globalThis.OpenSeadragon;
// Tiles of a new revision are asked for when no newer one has come for so long (ms).
const SETTLED = 160;

let viewer;
let shownId = null, shownRevision = -1, settling;
// Whether the whole photo is shown, and is to stay so when the window changes.
let atHome = true;
// Tiled images of OpenSeadragon: what is shown, what is to take its place, the photo before.
let result = null, coming = null, before = null;
const listeners = [];

const preview = new Preview(byId("preview"), "result");

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
  on("current", refresh);
  on("document", refresh);
  on("revision", refresh);
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
  if (!result || !atHome) return zoomToFit();
  atHome = false;
  return viewport.zoomTo(result.imageToViewportZoom(1 / devicePixelRatio));
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

/** Shows the photo before up to `share` of the window's width: 0 none of it, 1 all. */
export function showBefore(share) {
  const image = byId("before");
  const document = documentOf();
  if (share > 0 && document && !before) addBefore(document);
  const [left, width] = [byId("layer").getBoundingClientRect().left, sizeOnScreen()[0]];
  const box = byId("viewer").getBoundingClientRect();
  const edge = clamp((box.left + share * box.width - left) / width);
  image.hidden = share === 0 || image.dataset.done === "true";
  image.style.clipPath = `inset(0 ${100 * (1 - edge)}% 0 0)`;
  byId("preview").style.clipPath = share > 0 ? `inset(0 0 0 ${100 * edge}%)` : "";
  if (before?.getOpacity() !== undefined && document) {
    before.setOpacity(share > 0 ? 1 : 0);
    before.setClip(new OSD.Rect(0, 0, Math.max(1, edge * document.width), document.height));
  }
}

export const setNavigation = (free) => viewer.setMouseNavEnabled(free);

function refresh() {
  const document = documentOf();
  if (document?.id !== shownId) clear(document);
  if (!document || document.state !== "ready" || document.revision === shownRevision) return;
  shownRevision = document.revision;
  drawn(false);
  preview.want(document);
  clearTimeout(settling);
  settling = setTimeout(() => addResult(documentOf()), result ? SETTLED : 0);
}

// Whether the tiles on the stage are those of the present revision, for whoever looks from outside.
function drawn(complete) {
  window.document.body.dataset.drawn = complete;
}

function clear(document) {
  clearTimeout(settling);
  shownId = document?.id ?? null;
  shownRevision = -1;
  drawn(false);
  result = coming = before = null;
  atHome = true;
  viewer.close();
  viewer.forceResize();
  preview.clear(document);
  Object.assign(byId("before").dataset, { done: "false" });
  byId("before").hidden = true;
  byId("before").removeAttribute("src");
}

function addResult(document) {
  if (!document || document.id !== shownId || document.revision !== shownRevision) return;
  if (coming) viewer.world.removeItem(coming);
  coming = null;
  const { revision } = document;
  viewer.addTiledImage({
    tileSource: source(document, "result"),
    index: result ? 1 : 0,
    preload: true,
    success: ({ item }) => {
      if (document.id !== shownId || revision !== shownRevision) return viewer.world.removeItem(item);
      coming = item;
      if (!result) viewer.viewport.goHome(true);
      place();
      const done = () => {
        if (coming !== item || !item.getFullyLoaded()) return;
        if (result !== item) viewer.world.removeItem(result);
        [result, coming] = [item, null];
        preview.done(revision);
        drawn(true);
      };
      item.addHandler("fully-loaded-change", done);
      if (!result) result = item;
      return done();
    },
  });
}

function addBefore(document) {
  before = { getOpacity: () => undefined };
  byId("before").src = api.previewUrl(document, "before", 512);
  viewer.addTiledImage({
    tileSource: source(document, "before"),
    opacity: 0,
    success: ({ item }) => {
      if (document.id !== shownId) return viewer.world.removeItem(item);
      before = item;
      item.addHandler("fully-loaded-change", ({ fullyLoaded }) => {
        if (!fullyLoaded || item.getOpacity() === 0) return;
        byId("before").dataset.done = "true";
        byId("before").hidden = true;
      });
      return listeners.forEach((each) => each());
    },
  });
}

function source(document, kind) {
  const levels = document.levels;
  const most = Math.max(document.width, document.height);
  const first = Math.max(0, levels - 1 - Math.ceil(Math.log2(Math.max(1, most / document.tile))));
  const frozen = { id: document.id, revision: document.revision };
  return {
    width: document.width, height: document.height, tileSize: document.tile, tileOverlap: 0,
    minLevel: first, maxLevel: levels - 1,
    getTileUrl: (level, column, row) => api.tileUrl(frozen, kind, level, column, row),
  };
}

// Lays the layer over the photo as OpenSeadragon shows it now; before the first tiles, over the whole stage.
function place() {
  const layer = byId("layer");
  const document = documentOf();
  if (!document) return;
  const item = result ?? coming;
  let [left, top, width, height] = fitted(document);
  if (item) {
    const start = item.imageToViewerElementCoordinates(new OSD.Point(0, 0));
    const end = item.imageToViewerElementCoordinates(new OSD.Point(document.width, document.height));
    [left, top, width, height] = [start.x, start.y, end.x - start.x, end.y - start.y];
  }
  layer.style.transform = `translate(${left}px, ${top}px)`;
  layer.style.width = `${width}px`;
  layer.style.height = `${height}px`;
  byId("zoom-fit").textContent = `${number((100 * width * devicePixelRatio) / document.width)} %`;
  for (const each of listeners) each();
}

function fitted(document) {
  const box = byId("viewer").getBoundingClientRect();
  const { left, right, top, bottom } = margins();
  const [across, down] = [box.width - left - right, box.height - top - bottom];
  const scale = Math.min(across / document.width, down / document.height);
  const [width, height] = [scale * document.width, scale * document.height];
  return [left + (across - width) / 2, top + (down - height) / 2, width, height];
}

// Room for the tools, so that the whole photo is beside them.
function margins() {
  const phone = matchMedia("(max-width: 760px)").matches;
  return phone ? { left: 8, right: 8, top: 8, bottom: 76 } : { left: 92, right: 16, top: 16, bottom: 56 };
}

export { place };
