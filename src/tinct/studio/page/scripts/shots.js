// The shots of the film that is shown, as a strip of coloured key frames; above it how far the film is, and what to do.

import * as api from "./api.js";
import { say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { currentShot, openShot, progressText } from "./films.js";
import { filmOf, on, photoOf, state } from "./store.js";
import { t } from "./strings.js";
import { clock } from "./times.js";

const THUMB = 128;

export function start() {
  on("shots", render);
  on("film", renderHead);
  on("current", render);
  on("revision", render);
  byId("shot-list").addEventListener("keydown", onKey);
}

/** Puts the key frame of the shot on the stage that lies so many places further. */
export function goToShot(by) {
  const shots = state.shots.get(state.film) ?? [];
  const at = shots.indexOf(currentShot());
  const next = shots[at + by];
  if (next) openShot(next);
  else if (state.film) say(t(by > 0 ? "shots.last" : "shots.first"));
}

function render() {
  byId("shots").hidden = !state.film;
  if (!state.film) return;
  renderHead();
  const list = byId("shot-list"), shots = state.shots.get(state.film) ?? [];
  if (list.dataset.film !== state.film) list.replaceChildren();
  list.dataset.film = state.film;
  const known = new Map([...list.children].map((each) => [Number(each.dataset.number), each]));
  const wanted = shots.map((each) => known.get(each.number) ?? entry());
  for (const each of known.values()) if (!wanted.includes(each)) each.remove();
  wanted.forEach((each, at) => { if (list.children[at] !== each) list.insertBefore(each, list.children[at] ?? null); });
  shots.forEach((shot, at) => update(wanted[at], shot, at, shots));
}

function entry() {
  const made = element("li", {}, element("button", { class: "thumb", onclick: () => choose(made) },
    element("img", { alt: "", draggable: "false", loading: "lazy" }), element("span", { class: "name" }),
    element("span", { class: "state" })));
  return made;
}

function choose(item) {
  const shot = state.shots.get(state.film)?.find((each) => each.number === Number(item.dataset.number));
  if (shot) openShot(shot);
}

function update(item, shot, at, shots) {
  const [button] = item.children;
  const [image, name, mark] = button.children;
  const current = shot === currentShot();
  if (current && button.getAttribute("aria-current") !== "true") item.scrollIntoView({ block: "nearest", inline: "nearest" });
  item.dataset.number = shot.number;
  item.dataset.kind = shot.in_colour ? "colour" : shot.kind;
  button.setAttribute("aria-current", current);
  button.tabIndex = current || (!currentShot() && at === 0) ? 0 : -1;
  name.textContent = clock(shot.start, shots.length > 1 && shot.end - shot.start < 1 ? 1 : 0);
  const given = shot.hints + shot.references;
  mark.textContent = given ? `● ${given}` : "";
  const words = [t("shot.numbered", { at: at + 1, of: shots.length, start: clock(shot.start, 1), end: clock(shot.end, 1) }),
    shot.kind === "transition" ? t("shot.transition") : null, shot.in_colour ? t("shot.in-colour") : null,
    given ? t("shot.given", { count: given }) : null];
  button.setAttribute("aria-label", words.filter(Boolean).join(", "));
  button.title = words.filter(Boolean).join("\n");
  draw(image, shot);
}

// As the film process drew it, until hints change it; what was in colour was drawn so, and is until it is to be coloured.
function draw(image, shot) {
  const picture = photoOf(shot.picture);
  const changed = picture?.state === "ready" && !shot.in_colour && (picture.revision > 0 || shot.was_in_colour);
  const address = changed ? api.previewUrl(picture, "result", THUMB) : shot.thumb;
  if (image.dataset.wanted === address) return;
  clearTimeout(Number(image.dataset.timer));
  image.dataset.wanted = address;
  // While one drags, the strip waits; the stage comes first.
  image.dataset.timer = setTimeout(() => { image.src = address; }, changed && image.src ? 900 : 0);
}

function renderHead() {
  const film = filmOf();
  if (!film) return;
  const looking = film.state === "waiting" || film.state === "looking";
  const count = state.shots.get(film.id)?.length ?? film.shots;
  byId("shots-text").textContent = looking ? `${progressText(film)}${count ? ` · ${t("shots.count", { count })}` : ""}`
    : film.state === "failed" ? t("state.failed") : t("shots.count", { count });
  const bar = byId("shots-progress");
  bar.hidden = !looking;
  bar.max = film.progress?.total || 1;
  bar.value = film.progress?.done ?? 0;
  byId("film-play").hidden = !(film.rendering?.state === "done" || film.rendering?.partial);
}

function onKey(event) {
  const item = event.target.closest("li");
  const next = { ArrowLeft: item?.previousElementSibling, ArrowRight: item?.nextElementSibling,
    Home: item?.parentElement.firstElementChild, End: item?.parentElement.lastElementChild }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  if (next) next.querySelector("button").focus();
}

/** A symbol and words for a button. */
export const labelled = (symbol, text) => [icon(symbol), element("span", {}, text)];
