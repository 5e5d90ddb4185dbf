// The photos and films of the queue as a strip: what has been coloured, what waits, and the way from one to the next.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { filmOf, photoOf, emit, forgetFilm, forgetPhoto, on, queued, show, state, step } from "./store.js";
import { percent, t } from "./strings.js";
import { sure } from "./sure.js";
import { clock } from "./times.js";

const THUMB = 96;

export function start() {
  byId("previous").addEventListener("click", () => go(-1));
  byId("next").addEventListener("click", () => go(1));
  byId("pause").addEventListener("click", pause);
  on("photos", render);
  on("films", render);
  on("current", render);
  on("current", announce);
  on("queue", renderState);
  on("revision", render);
}

export function go(by) {
  if (!step(by)) say(t(by > 0 ? "queue.last" : "queue.first"));
}

async function pause() {
  try {
    const { paused } = await api.pauseQueue(!state.paused);
    state.paused = paused;
    emit("queue");
    say(t(paused ? "queue.paused" : "queue.resumed"));
  } catch (fault) {
    complain(fault);
  }
}

function announce(photo) {
  if (!photo || photo.film) return;
  say(t("queue.shown", { name: photo.name, at: queued().indexOf(photo) + 1, of: queued().length }));
}

function render() {
  const strip = byId("strip");
  const known = new Map([...strip.children].map((each) => [each.dataset.id, each]));
  const wanted = queued().map((each) => known.get(each.id) ?? entry(each.id));
  for (const each of known.values()) if (!wanted.includes(each)) each.remove();
  wanted.forEach((each, at) => { if (strip.children[at] !== each) strip.insertBefore(each, strip.children[at] ?? null); });
  queued().forEach((each, at) => update(wanted[at], each));
  renderState();
}

function entry(id) {
  const made = element("li", { "data-id": id },
    element("button", { class: "thumb", onclick: () => show(id), onkeydown: onKey }, element("img", { alt: "", draggable: "false" }), element("span", { class: "name" }), element("span", { class: "state" })),
    element("button", { class: "icon remove", onclick: () => remove(id), tabindex: -1 }, icon("close")));
  return made;

  function onKey(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Delete") remove(id);
    else if (by) (by < 0 ? made.previousElementSibling : made.nextElementSibling)?.querySelector(".thumb").focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function update(item, photo) {
  const [button, removal] = item.children;
  const image = button.querySelector("img");
  const current = photo.id === (state.film ?? state.current);
  if (current && button.getAttribute("aria-current") !== "true") item.scrollIntoView({ block: "nearest", inline: "nearest" });
  button.setAttribute("aria-current", current);
  button.title = photo.name;
  item.dataset.state = photo.state;
  button.querySelector(".name").textContent = photo.name;
  removal.setAttribute("aria-label", t("queue.remove", { name: photo.name }));
  removal.title = t("queue.remove", { name: photo.name });
  if (photo.facts) return void updateFilm(item, photo);
  const waiting = photo.state !== "ready";
  renderMark(button.querySelector(".state"), waiting ? null : photo, `state.${photo.state}`);
  if (waiting || Number(image.dataset.revision) === photo.revision) return;
  clearTimeout(Number(image.dataset.timer));
  const load = () => {
    image.dataset.revision = photo.revision;
    image.src = api.previewUrl(photo, "result", THUMB);
  };
  // While one drags, the strip waits; the stage comes first.
  image.dataset.timer = setTimeout(load, image.src ? 900 : 0);
}

// A film has its length, and how far it is being looked through or coloured.
function updateFilm(item, film) {
  const [button] = item.children;
  const image = button.querySelector("img");
  item.classList.add("film-entry");
  const { progress } = film.state === "looking" ? film : film.rendering ?? {};
  const length = film.facts.duration ? clock(film.facts.duration) : "";
  const done = film.rendering?.state === "done" ? "✓ " : "";
  button.querySelector(".state").textContent = film.state === "failed" ? t("state.failed")
    : progress ? percent(progress.total ? progress.done / progress.total : 0) : `${done}${length}`;
  button.title = t("film.named", { name: film.name, length });
  if (film.thumb && image.getAttribute("src") !== film.thumb) image.src = film.thumb;
}

// A word for a photo that is not ready, else a sign: saved, or changed since.
function renderMark(mark, photo, word) {
  const key = photo?.saved?.length ? (photo.changed_since_saved ? "state.changed" : "state.saved") : "";
  mark.textContent = photo ? { "state.saved": "✓", "state.changed": "●" }[key] ?? "" : t(word);
  mark.title = key && t(key);
  for (const [name, value] of [["role", "img"], ["aria-label", mark.title]])
    if (key) mark.setAttribute(name, value);
    else mark.removeAttribute(name);
}

function renderState() {
  const ready = queued().filter((each) => each.state === "ready" || each.state === "failed").length;
  const all = queued().length;
  const at = queued().indexOf(filmOf() ?? photoOf());
  byId("queue").classList.toggle("one", all < 2);
  byId("previous").disabled = at <= 0;
  byId("next").disabled = at < 0 || at >= all - 1;
  byId("queue-text").textContent = ready < all
    ? t(state.paused ? "queue.progress.paused" : "queue.progress", { ready, all }) : t("queue.all", { at: at + 1, all });
  byId("queue-progress").max = Math.max(1, all);
  byId("queue-progress").value = ready;
  byId("queue-progress").hidden = byId("pause").hidden = ready === all && !state.paused;
  byId("pause").setAttribute("aria-pressed", state.paused);
  byId("pause").replaceChildren(icon(state.paused ? "play" : "pause"));
  byId("pause").setAttribute("aria-label", t(state.paused ? "queue.resume" : "queue.pause"));
}

async function remove(id) {
  const { name, rendering } = filmOf(id) ?? photoOf(id);
  try {
    if (filmOf(id)) {
      if (rendering?.kept && !await sure(t("film.remove", { name }), t("film.remove.text"), t("film.remove.now"))) return;
      await api.removeFilm(id);
      forgetFilm(id);
    } else {
      await api.removePhoto(id);
      forgetPhoto(id);
    }
    say(t("queue.removed", { name }));
  } catch (fault) {
    complain(fault);
  }
}
