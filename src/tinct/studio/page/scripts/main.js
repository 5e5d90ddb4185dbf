// The studio begins: words, photos, and who listens to what.

import * as adjust from "./adjust.js";
import * as api from "./api.js";
import { complain } from "./announce.js";
import * as compare from "./compare.js";
import * as connection from "./connection.js";
import { byId, element } from "./dom.js";
import * as drawing from "./drawing.js";
import * as filmInfo from "./film-info.js";
import * as filmRender from "./film-render.js";
import * as films from "./films.js";
import * as hints from "./hints.js";
import * as keys from "./keys.js";
import * as opening from "./opening.js";
import * as placeholder from "./placeholder.js";
import * as player from "./player.js";
import * as popover from "./popover.js";
import * as queue from "./queue.js";
import * as references from "./references.js";
import * as save from "./save.js";
import * as shotPanel from "./shot-panel.js";
import * as shots from "./shots.js";
import { emit, filmOf, on, photoOf, queued, setTool, show, state } from "./store.js";
import { number, speak, t } from "./strings.js";
import * as viewer from "./viewer.js";

async function start() {
  await speak();
  document.querySelectorAll("select.language-choice").forEach(keys.fillLanguages);
  let health = {}, roots = [];
  try {
    [health, roots, state.photos, state.films] = await Promise.all([api.health(), api.roots(), api.photos(), api.films()]);
  } catch (fault) {
    complain(fault);
  }
  viewer.start();
  placeholder.start();
  compare.start();
  hints.start(popover.openHint);
  popover.start();
  drawing.start();
  adjust.start(health.temperature);
  references.start();
  queue.start();
  opening.start(roots.filter((each) => each.kind === "folder"), health);
  save.start(roots);
  films.start();
  shots.start();
  shotPanel.start();
  filmInfo.start(roots);
  filmRender.start(roots);
  player.start();
  keys.start();
  byId("zoom-in").addEventListener("click", () => viewer.zoomBy(1.4));
  byId("zoom-out").addEventListener("click", () => viewer.zoomBy(1 / 1.4));
  byId("zoom-fit").addEventListener("click", viewer.toggleFit);
  on("current", render);
  on("photo", render);
  on("photos", render);
  on("films", render);
  on("tool", render);
  emit("photos");
  const last = sessionStorage.getItem("current");
  show(photoOf(last) || filmOf(last) ? last : queued()[0]?.id ?? null);
  render();
  connection.start();
  document.documentElement.dataset.ready = "true";
}

function render() {
  const photo = photoOf(), film = filmOf();
  document.body.classList.toggle("empty", !photo && !film);
  document.body.classList.toggle("film", Boolean(film));
  document.body.classList.toggle("no-picture", Boolean(film) && !photo);
  byId("welcome").hidden = Boolean(photo ?? film);
  byId("undo").disabled = !photo?.can_undo;
  byId("redo").disabled = !photo?.can_redo;
  byId("save").disabled = (film ?? photo)?.state !== "ready";
  byId("save").lastElementChild.textContent = t(film ? "film.save" : "bar.save");
  const shown = film ?? photo;
  document.title = shown ? `${shown.name} · tinct studio` : "tinct studio";
  if (!shown) return byId("title").replaceChildren();
  sessionStorage.setItem("current", shown.id);
  if (film) byId("title").replaceChildren(...films.title(film));
  if (film && !photo) return void (byId("busy").hidden = true);
  const size = photo.width ? t("size", { width: number(photo.width), height: number(photo.height), bits: photo.bits }) : "";
  if (!film) byId("title").replaceChildren(element("b", {}, photo.name), element("span", {}, size));
  renderBusy(photo);
  return renderCoach(photo);
}

function renderBusy(photo) {
  const busyBox = byId("busy");
  const failed = photo.state === "failed";
  busyBox.hidden = photo.state === "ready";
  busyBox.classList.toggle("failed", failed);
  const text = failed ? t("photo.failed", { error: photo.error ?? t("state.failed") }) : t(state.paused ? "busy.paused" : "busy");
  if (busyBox.lastElementChild.textContent !== text) busyBox.lastElementChild.textContent = text;
}

// One line under the photo: what to do for the first time, or what the tool in hand does.
function renderCoach(photo) {
  const coach = byId("coach");
  const told = localStorage.getItem("coached");
  if (photo.hints.length > 1 && !told) localStorage.setItem("coached", "done");
  const first = told ? null : photo.hints.length ? "coach.more" : photo.film ? "coach.film" : "coach.first";
  const key = state.tool === "point" ? first : `tool.${state.tool}.help`;
  coach.hidden = !key || photo.state !== "ready";
  const text = key ? t(key) : "";
  if (coach.textContent !== text) coach.textContent = text;
}

start().then(() => setTool("point"));
