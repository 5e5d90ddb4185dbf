// The photo in tiles: those of a new revision come in above the old ones, which go once they are complete.

import * as api from "./api.js";
import { byId } from "./dom.js";
import { busy } from "./edits.js";
import { Preview } from "./preview.js";
import { photoOf, on } from "./store.js";

const OSD = globalThis.OpenSeadragon;
// Tiles of a new revision are asked for when no newer one has come for so long (ms).
const SETTLED = 160;

let viewer, told;
let shownId = null, shownRevision = -1, asked = -1, settling;
// Tiled images of OpenSeadragon: what is shown, what is to take its place, the photo before.
let result = null, coming = null, before = null;
let wantsBefore = null;

const preview = new Preview(byId("preview"), "result");

/** placed(first) is called when there is an image to be laid out, cleared() when another photo comes. */
export function start(osd, listener) {
  viewer = osd;
  told = listener;
  on("current", refresh);
  on("photo", refresh);
  on("revision", refresh);
  on("previewed", (photo) => { if (photo.id === shownId && photo.revision === shownRevision) settle(); });
}

/** The tiled image by which places are measured; null before there is one. */
export const shown = () => result;

/** Shows the photo before up to an edge, as a fraction of its width; null hides it. */
export function showBefore(edge) {
  wantsBefore = edge;
  const image = byId("before");
  const photo = photoOf();
  if (edge !== null && photo && !image.hasAttribute("src")) addBefore(photo);
  image.hidden = edge === null || image.dataset.complete === "true";
  if (!before || !photo) return;
  before.setOpacity(edge === null ? 0 : 1);
  before.setClip(new OSD.Rect(0, 0, Math.max(1, (edge ?? 0) * photo.width), photo.height));
}

function refresh() {
  const photo = photoOf();
  if (photo?.id !== shownId) clear(photo);
  if (photo?.state !== "ready" || photo.revision === shownRevision) return;
  shownRevision = photo.revision;
  mark(false);
  preview.want(photo);
  clearTimeout(settling);
  if (!result) addResult(photo);
}

// While one drags, the previews have the server for themselves.
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => (busy() ? settle() : result && addResult(photoOf())), SETTLED);
}

// Whether the tiles on the stage are those of the present revision, for whoever looks from outside.
function mark(complete) {
  document.body.dataset.drawn = complete;
}

function clear(photo) {
  clearTimeout(settling);
  shownId = photo?.id ?? null;
  shownRevision = asked = -1;
  mark(false);
  result = coming = before = null;
  viewer.close();
  viewer.forceResize();
  preview.clear(photo);
  byId("before").hidden = true;
  byId("before").dataset.complete = "false";
  byId("before").removeAttribute("src");
  told.cleared();
}

function addResult(photo) {
  if (photo?.id !== shownId || photo.revision !== shownRevision || asked === shownRevision) return;
  asked = shownRevision;
  if (coming && coming !== result) viewer.world.removeItem(coming);
  coming = null;
  const { revision } = photo;
  viewer.addTiledImage({
    tileSource: source(photo, "result"),
    index: result ? 1 : 0,
    preload: true,
    success: ({ item }) => {
      if (photo.id !== shownId || revision !== shownRevision) return viewer.world.removeItem(item);
      const first = !result;
      coming = item;
      result ??= item;
      told.placed(first);
      item.addHandler("fully-loaded-change", () => complete(item, revision));
      return complete(item, revision);
    },
  });
}

function complete(item, revision) {
  if (coming !== item || !item.getFullyLoaded()) return;
  if (result !== item) viewer.world.removeItem(result);
  [result, coming] = [item, null];
  preview.done(revision);
  mark(true);
}

function addBefore(photo) {
  byId("before").src = api.previewUrl(photo, "before", 512);
  viewer.addTiledImage({
    tileSource: source(photo, "before"),
    opacity: 0,
    success: ({ item }) => {
      if (photo.id !== shownId) return viewer.world.removeItem(item);
      before = item;
      item.addHandler("fully-loaded-change", ({ fullyLoaded }) => {
        if (!fullyLoaded || item.getOpacity() === 0) return;
        byId("before").dataset.complete = "true";
        byId("before").hidden = true;
      });
      return showBefore(wantsBefore);
    },
  });
}

function source({ id, revision, width, height, levels, tile }, kind) {
  const smallest = Math.ceil(Math.log2(Math.max(1, Math.max(width, height) / tile)));
  return {
    width, height, tileSize: tile, tileOverlap: 0,
    minLevel: Math.max(0, levels - 1 - smallest), maxLevel: levels - 1,
    getTileUrl: (level, column, row) => api.tileUrl({ id, revision }, kind, level, column, row),
  };
}
