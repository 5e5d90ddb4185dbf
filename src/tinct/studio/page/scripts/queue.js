// The photos of the queue as a strip: what has been coloured, what waits, and the way from one to the next.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { photoOf, emit, forgetPhoto, on, show, state, step } from "./store.js";
import { t } from "./strings.js";

const THUMB = 96;

export function start() {
  byId("previous").addEventListener("click", () => go(-1));
  byId("next").addEventListener("click", () => go(1));
  byId("pause").addEventListener("click", pause);
  on("photos", render);
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
  if (!photo) return;
  const at = state.photos.indexOf(photo) + 1;
  say(t("queue.shown", { name: photo.name, at, of: state.photos.length }));
}

function render() {
  const strip = byId("strip");
  const known = new Map([...strip.children].map((each) => [each.dataset.id, each]));
  const wanted = state.photos.map((each) => known.get(each.id) ?? entry(each.id));
  for (const each of known.values()) if (!wanted.includes(each)) each.remove();
  wanted.forEach((each, at) => { if (strip.children[at] !== each) strip.insertBefore(each, strip.children[at] ?? null); });
  state.photos.forEach((photo, at) => update(wanted[at], photo));
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
  const current = photo.id === state.current;
  if (current && button.getAttribute("aria-current") !== "true") item.scrollIntoView({ block: "nearest", inline: "nearest" });
  button.setAttribute("aria-current", current);
  button.title = photo.name;
  item.dataset.state = photo.state;
  button.querySelector(".name").textContent = photo.name;
  const waiting = photo.state !== "ready";
  button.querySelector(".state").textContent = waiting ? t(`state.${photo.state}`) : photo.saved?.length ? "✓" : "";
  button.querySelector(".state").title = photo.saved?.length ? t("state.saved") : "";
  removal.setAttribute("aria-label", t("queue.remove", { name: photo.name }));
  removal.title = t("queue.remove", { name: photo.name });
  if (waiting || Number(image.dataset.revision) === photo.revision) return;
  clearTimeout(Number(image.dataset.timer));
  const load = () => {
    image.dataset.revision = photo.revision;
    image.src = api.previewUrl(photo, "result", THUMB);
  };
  // While one drags, the strip waits; the stage comes first.
  image.dataset.timer = setTimeout(load, image.src ? 900 : 0);
}

function renderState() {
  const ready = state.photos.filter((each) => each.state === "ready" || each.state === "failed").length;
  const all = state.photos.length;
  const at = state.photos.indexOf(photoOf());
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
  const photo = photoOf(id);
  try {
    await api.removePhoto(id);
    forgetPhoto(id);
    say(t("queue.removed", { name: photo.name }));
  } catch (fault) {
    complain(fault);
  }
}
