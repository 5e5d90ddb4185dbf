// The studio begins: words, photos, and who listens to what.

import * as adjust from "./adjust.js";
import * as api from "./api.js";
import { complain } from "./announce.js";
import * as compare from "./compare.js";
import * as connection from "./connection.js";
import { byId, element } from "./dom.js";
import * as drawing from "./drawing.js";
import * as hints from "./hints.js";
import * as keys from "./keys.js";
import * as opening from "./opening.js";
import * as placeholder from "./placeholder.js";
import * as popover from "./popover.js";
import * as queue from "./queue.js";
import * as references from "./references.js";
import * as save from "./save.js";
import { emit, on, photoOf, setTool, show, state } from "./store.js";
import { number, speak, t } from "./strings.js";
import * as viewer from "./viewer.js";

async function start() {
  await speak();
  document.querySelectorAll("select.language-choice").forEach(keys.fillLanguages);
  let health = {}, roots = [];
  try {
    [health, roots, state.photos] = await Promise.all([api.health(), api.roots(), api.photos()]);
  } catch (fault) {
    complain(fault.status === 401 ? t("no-cookie") : fault);
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
  opening.start(roots.filter((each) => each.kind === "folder"));
  save.start(roots);
  keys.start();
  byId("zoom-in").addEventListener("click", () => viewer.zoomBy(1.4));
  byId("zoom-out").addEventListener("click", () => viewer.zoomBy(1 / 1.4));
  byId("zoom-fit").addEventListener("click", viewer.toggleFit);
  on("current", render);
  on("photo", render);
  on("photos", render);
  on("tool", render);
  emit("photos");
  const last = sessionStorage.getItem("current");
  show(photoOf(last) ? last : state.photos[0]?.id ?? null);
  render();
  connection.start();
  document.documentElement.dataset.ready = "true";
}

function render() {
  const photo = photoOf();
  document.body.classList.toggle("empty", !photo);
  byId("welcome").hidden = Boolean(photo);
  byId("undo").disabled = !photo?.can_undo;
  byId("redo").disabled = !photo?.can_redo;
  byId("save").disabled = photo?.state !== "ready";
  document.title = photo ? `${photo.name} · tinct studio` : "tinct studio";
  if (!photo) return byId("title").replaceChildren();
  sessionStorage.setItem("current", photo.id);
  const size = photo.width ? t("size", { width: number(photo.width), height: number(photo.height), bits: photo.bits }) : "";
  byId("title").replaceChildren(element("b", {}, photo.name), element("span", {}, size));
  renderBusy(photo);
  return renderCoach(photo);
}

function renderBusy(photo) {
  const busyBox = byId("busy");
  const failed = photo.state === "failed";
  busyBox.hidden = photo.state === "ready";
  busyBox.classList.toggle("failed", failed);
  const text = failed ? photo.error ?? t("state.failed") : t(state.paused ? "busy.paused" : "busy");
  if (busyBox.lastElementChild.textContent !== text) busyBox.lastElementChild.textContent = text;
}

// One line under the photo: what to do for the first time, or what the tool in hand does.
function renderCoach(photo) {
  const coach = byId("coach");
  const told = localStorage.getItem("coached");
  if (photo.hints.length > 1 && !told) localStorage.setItem("coached", "done");
  const first = told ? null : photo.hints.length ? "coach.more" : "coach.first";
  const key = state.tool === "point" ? first : `tool.${state.tool}.help`;
  coach.hidden = !key || photo.state !== "ready";
  const text = key ? t(key) : "";
  if (coach.textContent !== text) coach.textContent = text;
}

start().then(() => setTool("point"));
