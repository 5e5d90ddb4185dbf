// The server's events as they come in: photos, films, files being saved, the queue. One tab listens at a time.

import * as api from "./api.js";
import { say } from "./announce.js";
import { byId, element } from "./dom.js";
import { busy } from "./edits.js";
import { heardOf, heardOfShot, loadShots } from "./films.js";
import { emit, forgetFilm, forgetPhoto, photoOf, setPhoto, show, state } from "./store.js";
import { t } from "./strings.js";

// The server keeps one stream for each browser: tabs tell each other which of them has it.
const tabs = new BroadcastChannel("tinct");
let source = null, message = null;

export function start() {
  tabs.addEventListener("message", stepBack);
  listen();
}

function listen() {
  tabs.postMessage("listening");
  source = api.listen(heard, lost);
}

function stepBack() {
  source?.close();
  source = null;
  tell(t("elsewhere"), element("button", { class: "quiet", onclick: () => { clear(); listen(); } }, t("elsewhere.here")));
}

function heard(name, data) {
  if (name === "export") emit("exports", data);
  else if (name === "queue") {
    state.paused = data.paused;
    emit("queue");
  } else if (name === "film") {
    if (data.removed) forgetFilm(data.id);
    else heardOf(data);
  } else if (name === "shot") heardOfShot(data.film, data.shot);
  else if (data.removed) forgetPhoto(data.id);
  else if (!busy(data.id)) {
    const waited = data.id === state.current && photoOf()?.state !== "ready";
    if (waited && !data.film && data.state === "ready") say(t("coloured", { name: data.name }));
    setPhoto(data);
    if (!state.current && !state.film) show(data.id);
  }
}

function lost(away) {
  if (away) return tell(t("lost"));
  clear();
  return refresh();
}

// What happened while nobody listened; the server may have been started anew meanwhile.
async function refresh() {
  (await api.photos().catch(() => [])).forEach(setPhoto);
  (await api.films().catch(() => [])).forEach(heardOf);
  if (state.film) await loadShots(state.film);
}

function tell(text, button = null) {
  clear();
  message = element("div", { class: "toast error", role: "alert" }, element("p", {}, text), button);
  byId("toasts").append(message);
}

function clear() {
  message?.remove();
  message = null;
}
