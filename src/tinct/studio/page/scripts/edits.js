// Changes to a photo on their way to the server: shown at once, one request at a time, the newest of a gesture wins.

import * as api from "./api.js";
import { complain } from "./announce.js";
import { emit, on, photoOf, setPhoto, state } from "./store.js";

// While one drags, the next change waits for the preview of the last, which would come too late otherwise (ms at most).
const PREVIEW = 500;

// id of a photo -> {steps, running}. A step: {changes, gesture, continued}.
const queues = new Map();
// id of a photo -> the gesture whose step the server has made last.
const made = new Map();
// Those who wait for previews: {id, revision, resolve}.
const waiting = [];
let gestures = 0;

/** A name for a drag or the moving of a slider: all its changes are one step of history. */
export const gesture = () => ++gestures;

/** Whether changes of a photo are still to be sent or answered. */
export const busy = (id = state.current) => Boolean(queues.get(id)?.running);

/** Resolves once all changes of a photo are with the server. */
export const settled = (id = state.current) => Promise.resolve(queues.get(id)?.running);

/** Changes the photo on the stage; changes of one gesture replace each other. Returns when it is done. */
export function change(changes, during = gesture()) {
  const photo = photoOf();
  if (!photo) return Promise.resolve();
  Object.assign(photo, shown(photo, changes));
  emit("photo", photo);
  const queue = queues.get(photo.id) ?? { steps: [], running: null };
  queues.set(photo.id, queue);
  const last = queue.steps.at(-1);
  if (last?.gesture === during) last.changes = { ...last.changes, ...changes };
  else queue.steps.push({ changes, gesture: during });
  queue.running ??= send(photo.id, queue).finally(() => { queue.running = null; mark(); });
  mark();
  return queue.running;
}

/** Hints in place of those of the photo on the stage. */
export const changeHints = (hints, during) => change({ hints }, during);

export const undo = () => travel(api.undo);
export const redo = () => travel(api.redo);

async function travel(direction) {
  const id = state.current;
  const photo = photoOf();
  if (!photo || !(direction === api.undo ? photo.can_undo : photo.can_redo)) return false;
  await queues.get(id)?.running;
  try {
    setPhoto(await direction(id));
    made.delete(id);
    return true;
  } catch (fault) {
    complain(fault);
    return false;
  }
}

// Whether all that one did is with the server, for whoever looks from outside.
function mark() {
  document.body.dataset.busy = [...queues.values()].some((each) => each.running);
}

async function send(id, queue) {
  while (queue.steps.length) {
    await queue.previewed;
    const { changes, gesture: during } = queue.steps.shift();
    const coalesce = made.get(id) === during;
    try {
      const answer = await api.changePhoto(id, { ...wire(changes), coalesce });
      made.set(id, during);
      queue.previewed = previewOf(answer);
      take(answer, queue);
    } catch (fault) {
      queue.steps.length = 0;
      complain(fault);
      await restore(id);
    }
  }
}

function previewOf({ id, revision }) {
  if (id !== state.current) return null;
  return new Promise((resolve) => {
    setTimeout(resolve, PREVIEW);
    waiting.push({ id, revision, resolve });
  });
}

on("previewed", (photo) => {
  for (const each of waiting.splice(0)) {
    if (each.id !== photo.id || each.revision <= photo.revision) each.resolve();
    else waiting.push(each);
  }
});

// While newer changes wait, the answer's revision is good for a preview, but its values are old.
function take(answer, queue) {
  if (!queue.steps.length) return setPhoto(answer);
  const photo = photoOf(answer.id);
  if (!photo) return undefined;
  photo.revision = answer.revision;
  if (photo.id === state.current) emit("revision", photo);
  return undefined;
}

async function restore(id) {
  const found = await api.photo(id).catch(() => null);
  if (found) setPhoto(found);
}

function shown(photo, changes) {
  return changes.options ? { ...changes, options: { ...photo.options, ...changes.options } } : changes;
}

function wire(changes) {
  if (!changes.hints) return changes;
  const fields = ["points", "color", "kind", "radius", "reach", "note"];
  const bare = (hint) => Object.fromEntries(fields.filter((name) => hint[name] !== undefined && hint[name] !== null)
    .map((name) => [name, hint[name]]));
  return { ...changes, hints: changes.hints.map(bare) };
}
