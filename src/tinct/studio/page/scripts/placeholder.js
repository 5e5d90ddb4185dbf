// A photo just chosen is seen at once, in grey, while the server opens and colours it.

import { byId } from "./dom.js";
import { on, state } from "./store.js";

const SHOWN = /^image\/(jpeg|png|webp|avif)$/;
// id of a photo -> address of the file in the browser's memory.
const files = new Map();

export function start() {
  on("current", show);
  on("preview", ({ id }) => forget(id));
}

/** Keeps a file for a photo until its first colours are there. */
export function remember(id, file) {
  if (!SHOWN.test(file.type)) return;
  files.set(id, URL.createObjectURL(file));
  if (id === state.current) show({ id });
}

/** Shows a picture of the studio's in place of a photo until its first colours are there. */
export function standIn(id, address) {
  files.set(id, address);
  if (id === state.current) show({ id });
}

function show(photo) {
  const image = byId("placeholder");
  const url = files.get(photo?.id);
  image.hidden = !url;
  if (url) image.src = url;
}

function forget(id) {
  if (!files.has(id)) return;
  URL.revokeObjectURL(files.get(id));
  files.delete(id);
  if (id === state.current) byId("placeholder").hidden = true;
}
