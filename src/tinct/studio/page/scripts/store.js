// What the page knows: the photos and films of the queue, which of them is shown, the tool in hand, and who wants to hear of changes.

export const state = {
  photos: [],         // as the server has them, in the order of the queue
  films: [],          // as the server has them, without their shots
  shots: new Map(),   // id of a film -> its shots, in order
  pictures: [],       // photos that are key frames of films
  current: null,      // id of the photo or key frame on the stage
  film: null,         // id of the film whose key frame it is, or that is shown without one
  selected: null,     // number of the selected hint, or null
  tool: "point",
  brush: 0.02,        // radius of strokes, as a fraction of the photo's short side
  paused: false,
  exports: new Map(), // id -> {id, photo, state, progress, name, error}
};

const bus = new EventTarget();

/** Calls `listener(detail)` for each event of that name: photos, current, photo, selection, tool, exports, queue,
 *  films, film (of the one that is shown), shots. */
export function on(name, listener) {
  bus.addEventListener(name, (event) => listener(event.detail));
}

export function emit(name, detail) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

/** The photo of a photo, by default of the one on the stage; undefined if there is none. */
export function photoOf(id = state.current) {
  return state.photos.find((each) => each.id === id) ?? state.pictures.find((each) => each.id === id);
}

/** The film of an id, by default the one that is shown; undefined if there is none. */
export function filmOf(id = state.film) {
  return state.films.find((each) => each.id === id);
}

/** What the strip has, in its order: photos, then films. */
export const queued = () => [...state.photos, ...state.films];

// How far a photo has come: the answer to an upload may arrive after the event that tells of its colours.
const STAGES = ["waiting", "opening", "ready", "failed"];
const age = (photo) => 10 * photo.revision + STAGES.indexOf(photo.state);

/** Takes a photo over from the server, unless a newer one is known. */
export function setPhoto(photo) {
  const known = photo.film ? state.pictures : state.photos;
  const at = known.findIndex((each) => each.id === photo.id);
  if (at >= 0 && age(known[at]) > age(photo)) return;
  if (at < 0) known.push(photo);
  else known[at] = photo;
  emit(photo.film ? "shots" : "photos");
  if (photo.id === state.current) emit("photo", photo);
}

export function forgetPhoto(id) {
  const at = state.photos.findIndex((each) => each.id === id);
  if (at < 0) return;
  state.photos.splice(at, 1);
  if (state.current === id) show(queued()[Math.min(at, queued().length - 1)]?.id ?? null);
  emit("photos");
}

/** Takes a film over from the server. */
export function setFilm(film) {
  const at = state.films.findIndex((each) => each.id === film.id);
  if (at < 0) state.films.push(film);
  else state.films[at] = film;
  emit("films");
  if (film.id === state.film) emit("film", film);
}

export function forgetFilm(id) {
  const at = state.films.findIndex((each) => each.id === id);
  if (at < 0) return;
  state.films.splice(at, 1);
  state.shots.delete(id);
  state.pictures = state.pictures.filter((each) => each.film !== id);
  if (state.film === id) show(queued()[Math.min(state.photos.length + at, queued().length - 1)]?.id ?? null);
  emit("films");
}

/** Puts a photo or a key frame on the stage, or a film of which none is shown yet. */
export function show(id) {
  const film = filmOf(id);
  if ((film && state.film === id) || (!film && id && state.current === id)) return;
  state.film = film ? id : photoOf(id)?.film ?? null;
  state.current = film ? null : id;
  state.selected = null;
  emit("current", photoOf());
  emit("selection");
}

/** Shows the photo or film that lies `by` places further in the queue. */
export function step(by) {
  const at = queued().findIndex((each) => each.id === (state.film ?? state.current));
  const next = queued()[at + by];
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
