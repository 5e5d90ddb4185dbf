// Films: what the server tells of them and of their shots, and which key frame is on the stage.

import * as api from "./api.js";
import { complain, notify, say } from "./announce.js";
import { byId, element } from "./dom.js";
import { settled } from "./edits.js";
import { standIn } from "./placeholder.js";
import { emit, filmOf, on, photoOf, setFilm, setPhoto, show, state } from "./store.js";
import { number, percent, t } from "./strings.js";
import { clock, timeLeft } from "./times.js";

// id of a film -> number of the shot that was shown last.
const last = new Map();
let opening = 0, arriving = null;

export function start() {
  on("current", arrive);
  on("film", renderBusy);
  on("current", renderBusy);
}

/** Takes over what the server tells of a film. */
export function heardOf(film) {
  const known = filmOf(film.id);
  setFilm(film);
  if (!state.current && !state.film) show(film.id);
  if (known && known.state !== film.state && film.id === state.film) tellState(film);
  if (known?.rendering && film.rendering?.state !== known.rendering.state) tellRendering(film);
  if (film.id === state.film && film.state === "ready" && known?.state !== "ready") loadShots(film.id).then(arrive);
}

/** Takes over what the server tells of a shot. */
export function heardOfShot(film, shot) {
  const shots = state.shots.get(film);
  if (!shots) return;
  const at = shots.findIndex((each) => each.number >= shot.number);
  if (at < 0) shots.push(shot);
  else shots.splice(at, shots[at].number === shot.number ? 1 : 0, shot);
  if (film !== state.film) return;
  emit("shots");
  if (!state.current) arrive();
}

/** Asks for the shots of a film. */
export async function loadShots(id) {
  try {
    const found = await api.film(id);
    state.shots.set(id, found.shots);
    found.pictures.forEach(setPhoto);
    setFilm({ ...found, shots: found.shots.length });
    if (id === state.film) emit("shots");
  } catch (fault) {
    if (fault.status !== 404) complain(fault);
  }
}

/** The shot of the film that is shown whose key frame is on the stage. */
export function currentShot() {
  const shots = state.shots.get(state.film) ?? [];
  return shots.find((each) => each.number === last.get(state.film)) ?? shots.find((each) => each.picture === state.current);
}

/** Puts the key frame of a shot on the stage; time: another frame, in seconds of the film, becomes it. */
export async function openShot(shot, time) {
  const film = state.film;
  const mine = ++opening;
  last.set(film, shot.number);
  sessionStorage.setItem(`shot-${film}`, shot.number);
  emit("shots");
  try {
    await settled();
    const picture = await api.openShot(film, shot.number, time);
    if (picture.state !== "ready") standIn(picture.id, shot.thumb);
    setPhoto(picture);
    if (mine !== opening || film !== state.film) return;
    show(picture.id);
    const at = state.shots.get(film).findIndex((each) => each.number === shot.number) + 1;
    say(t("shot.shown", { at, of: state.shots.get(film).length, start: clock(shot.start, 1) }));
  } catch (fault) {
    complain(fault);
  }
}

/** Name, size and length of a film, for the bar. */
export function title({ name, facts }) {
  const parts = facts.width ? [t("size", { width: number(facts.width), height: number(facts.height) }), clock(facts.duration)] : [];
  return [element("b", {}, name), element("span", {}, parts.join(" · "))];
}

// A film comes to the stage: with the key frame that was shown last, or its first.
async function arrive() {
  const id = state.film;
  if (!id) return;
  if (photoOf()?.film) {
    const shown = state.shots.get(id)?.find((each) => each.picture === state.current);
    if (shown) last.set(id, shown.number);
    if (!state.shots.has(id)) await loadShots(id);
    return;
  }
  if (!state.shots.has(id)) await loadShots(id);
  const shots = state.shots.get(id) ?? [];
  if (id !== state.film || state.current || arriving === id || !shots.length) return;
  const kept = last.get(id) ?? Number(sessionStorage.getItem(`shot-${id}`) ?? -1);
  const first = shots.find((each) => each.kind === "shot" && !each.in_colour) ?? shots[0];
  arriving = id;
  await openShot(shots.find((each) => each.number === kept) ?? first);
  arriving = null;
}

// In place of a key frame that is not there yet: what is being done, or what went wrong.
function renderBusy() {
  const film = filmOf(), box = byId("film-busy");
  box.hidden = !film || Boolean(photoOf()) || film.state === "ready";
  if (box.hidden) return;
  const failed = film.state === "failed";
  box.classList.toggle("failed", failed);
  const text = failed ? film.error ?? t("state.failed") : progressText(film);
  if (box.lastElementChild.textContent !== text) box.lastElementChild.textContent = text;
}

/** How far the search for shots has come, in words. */
export function progressText({ progress }) {
  if (!progress) return t("film.looking");
  const share = percent(progress.total ? progress.done / progress.total : 0);
  return [t(`film.${progress.what}`), share, timeLeft(progress.left)].filter(Boolean).join(" · ");
}

function tellState(film) {
  if (film.state === "ready") say(t("film.found", { count: film.shots, name: film.name }));
  if (film.state === "failed") say(film.error ?? t("state.failed"));
}

function tellRendering({ name, rendering }) {
  if (!rendering) return;
  if (rendering.state === "done") {
    for (const each of rendering.remarks) notify(each);
    notify(t(rendering.kept ? "film.done.kept" : "film.done", { name: rendering.name, folder: rendering.folder ?? "" }));
  }
  if (rendering.state === "stopped") notify(t(rendering.partial ? "film.stopped" : "film.stopped.early", { name }));
  if (rendering.state === "failed") complain(rendering.error ?? t("state.failed"));
}
