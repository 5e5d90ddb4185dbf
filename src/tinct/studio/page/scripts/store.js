// What the page knows: the photos of the queue, which of them is shown, the tool in hand, and who wants to hear of changes.

export const state = {
  photos: [],         // as the server has them, in the order of the queue
  current: null,      // id of the photo on the stage
  selected: null,     // number of the selected hint, or null
  tool: "point",
  brush: 0.02,        // radius of strokes, as a fraction of the photo's short side
  paused: false,
  exports: new Map(), // id -> {id, photo, state, progress, name, error}
};

const bus = new EventTarget();

/** Calls `listener(detail)` for each event of that name: photos, current, photo, selection, tool, exports, queue. */
export function on(name, listener) {
  bus.addEventListener(name, (event) => listener(event.detail));
}

export function emit(name, detail) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

/** The photo of a photo, by default of the one on the stage; undefined if there is none. */
export function photoOf(id = state.current) {
  return state.photos.find((each) => each.id === id);
}

// How far a photo has come: the answer to an upload may arrive after the event that tells of its colours.
const STAGES = ["waiting", "opening", "ready", "failed"];
const age = (photo) => 10 * photo.revision + STAGES.indexOf(photo.state);

/** Takes a photo over from the server, unless a newer one is known. */
export function setPhoto(photo) {
  const at = state.photos.findIndex((each) => each.id === photo.id);
  if (at >= 0 && age(state.photos[at]) > age(photo)) return;
  if (at < 0) state.photos.push(photo);
  else state.photos[at] = photo;
  emit("photos");
  if (photo.id === state.current) emit("photo", photo);
}

export function forgetPhoto(id) {
  const at = state.photos.findIndex((each) => each.id === id);
  if (at < 0) return;
  state.photos.splice(at, 1);
  if (state.current === id) show(state.photos[Math.min(at, state.photos.length - 1)]?.id ?? null);
  emit("photos");
}

/** Puts a photo on the stage. */
export function show(id) {
  if (state.current === id) return;
  state.current = id;
  state.selected = null;
  emit("current", photoOf());
  emit("selection");
}

/** Shows the photo that lies `step` places further in the queue. */
export function step(by) {
  const at = state.photos.findIndex((each) => each.id === state.current);
  const next = state.photos[at + by];
  if (next) show(next.id);
  return Boolean(next);
}

export function select(number) {
  if (state.selected === number) return;
  state.selected = number;
  emit("selection");
}

export function setTool(tool) {
  state.tool = tool;
  emit("tool");
}
