// The shot on the stage: its times, its key frame, and for which shots its hints hold.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, element } from "./dom.js";
import { currentShot, heardOfShot, openShot } from "./films.js";
import { play } from "./player.js";
import { filmOf, on, state } from "./store.js";
import { t } from "./strings.js";
import { clock } from "./times.js";

export function start() {
  on("shots", render);
  on("film", render);
  on("current", render);
  const slider = byId("key-frame");
  slider.addEventListener("input", () => showTime(Number(slider.value)));
  slider.addEventListener("change", () => currentShot() && openShot(currentShot(), Number(slider.value)));
  byId("shot-scope").addEventListener("change", (event) => change({ scope: event.target.value }));
  byId("shot-recolour").addEventListener("change", (event) => change({ in_colour: !event.target.checked }));
  byId("shot-preview").addEventListener("click", () => currentShot() && play(currentShot()));
}

async function change(changes) {
  const film = state.film;
  try {
    const shot = await api.changeShot(film, currentShot().number, changes);
    heardOfShot(film, shot);
    if (changes.scope) say(shot.scope === "place" ? t("shot.scope.told", { count: shot.same_place }) : t("shot.scope.own"));
  } catch (fault) {
    complain(fault);
    render();
  }
}

function render() {
  const film = filmOf(), shot = film && currentShot();
  byId("shot").hidden = !shot;
  if (!shot) return;
  const shots = state.shots.get(film.id);
  byId("shot-title").textContent = t("shot.title", { at: shots.indexOf(shot) + 1, of: shots.length });
  byId("shot-times").textContent = t("shot.times", { start: clock(shot.start, 2), end: clock(shot.end, 2), frames: shot.frames });
  const kind = shot.was_in_colour ? `shot.in-colour.${shot.in_colour ? "help" : "coloured"}` : shot.kind === "transition" ? "shot.transition.help" : null;
  byId("shot-kind").hidden = !kind;
  byId("shot-kind").textContent = kind ? t(kind) : "";
  const slider = byId("key-frame"), step = 1 / (film.facts.rate || 25);
  if (document.activeElement !== slider || slider.dataset.shot !== String(shot.number)) {
    Object.assign(slider, { min: shot.start, max: Math.max(shot.start, shot.end - step), step: "any" });
    slider.value = shot.key;
  }
  slider.dataset.shot = shot.number;
  slider.dataset.step = step;
  showTime(Number(slider.value));
  const others = shot.hinted.filter((time) => Math.abs(time - shot.key) > 1e-3);
  byId("hinted").hidden = !others.length;
  byId("hinted").replaceChildren(element("span", { class: "soft" }, t("shot.hinted")), ...others.map((time) =>
    element("button", { class: "quiet", onclick: () => openShot(shot, time) }, clock(time, 2))));
  byId("shot-scope").disabled = shot.place === null;
  byId("shot-scope").value = shot.scope;
  byId("shot-scope").options[1].textContent = t("shot.scope.place", { count: shot.same_place });
  byId("shot-recolour-line").hidden = !shot.was_in_colour;
  byId("shot-recolour").checked = !shot.in_colour;
  const looking = film.state !== "ready";
  byId("shot-preview").disabled = shot.in_colour || looking;
  slider.disabled = looking;
}

function showTime(seconds) {
  byId("key-frame-value").textContent = clock(seconds, 2);
  byId("key-frame").setAttribute("aria-valuetext", clock(seconds, 2));
}
