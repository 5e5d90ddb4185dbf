// Before and after: a divider moved by mouse, touch or keys, a key held down, and uncertainty laid over the photo.

import { byId, clamp } from "./dom.js";
import { photoOf, on, state } from "./store.js";
import { onMove, showBefore } from "./viewer.js";
import { Preview } from "./preview.js";
import { percent, t } from "./strings.js";
import { say } from "./announce.js";

let divided = false, held = false, share = 0.5, unsure = false;
// The revision whose before a click has put on the stage; null if it is not there.
let kept = null;
// How long a press may last to be a click, not a hold (ms).
const CLICK = 400;
const uncertainty = new Preview(byId("uncertainty"), "uncertainty");
// As tinct.photo.uncertainty draws it, after matplotlib's viridis.
const CERTAIN_TO_UNCERTAIN = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"];

export function start() {
  const divider = byId("divider");
  byId("divider-toggle").addEventListener("click", toggleDivider);
  byId("uncertainty-toggle").addEventListener("click", toggleUncertainty);
  divider.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    divider.focus();
    divider.setPointerCapture(event.pointerId);
  });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = byId("stage").getBoundingClientRect();
    moveTo((event.clientX - box.left) / box.width);
  });
  divider.addEventListener("keydown", onKey);
  holdButton(byId("compare"));
  onMove(draw);
  on("current", (photo) => { uncertainty.clear(photo); loadUncertainty(); keep(null); });
  on("photo", (photo) => { loadUncertainty(); if (kept !== null && kept !== photo.revision) keep(null); });
  drawLegend();
}

export function toggleDivider() {
  if (!photoOf()) return;
  divided = !divided;
  keep(null);
  byId("divider-toggle").setAttribute("aria-pressed", divided);
  say(t(divided ? "divider.on" : "divider.off"));
  draw();
  if (divided && document.activeElement === document.body) byId("divider").focus();
}

/** Shows the whole photo as it was for as long as it is held. */
export function hold(down) {
  if (held === down || !photoOf()) return;
  held = down;
  byId("compare").classList.toggle("held", down);
  if (down && kept === null) say(t("compare.before"));
  draw();
}

// Puts the photo before on the stage until the next click or change, so that no new colour goes unseen.
function keep(revision) {
  kept = revision;
  byId("compare").setAttribute("aria-pressed", kept !== null);
  draw();
}

function toggleBefore() {
  if (!photoOf()) return;
  keep(kept === null ? photoOf().revision : null);
  say(t(kept === null ? "after" : "compare.before"));
}

export function toggleUncertainty() {
  const current = photoOf();
  if (!current) return;
  if (!current.has_suggestions) return void say(t("uncertainty.none"));
  unsure = !unsure;
  byId("uncertainty-toggle").setAttribute("aria-pressed", unsure);
  say(t(unsure ? "uncertainty.on" : "uncertainty.off"));
  loadUncertainty();
}

function loadUncertainty() {
  const current = photoOf();
  const shown = Boolean(unsure && current?.state === "ready" && current.has_suggestions);
  byId("legend").hidden = !shown;
  byId("uncertainty").classList.toggle("off", !shown);
  if (shown && uncertainty.shown !== current.revision) uncertainty.want(current);
}

function onKey(event) {
  const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowUp: 0.02, PageUp: 0.1, PageDown: -0.1 };
  const ends = { Home: 0, End: 1 };
  if (event.key in steps) moveTo(share + steps[event.key] * (event.shiftKey ? 5 : 1));
  else if (event.key in ends) moveTo(ends[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function moveTo(where) {
  share = clamp(where);
  draw();
}

function draw() {
  const whole = held || kept !== null;
  const active = Boolean(state.current) && (divided || whole);
  const edge = whole ? 1 : divided ? share : 0;
  const divider = byId("divider");
  divider.hidden = !(divided && !whole);
  divider.style.left = `${100 * share}%`;
  divider.setAttribute("aria-valuenow", Math.round(100 * share));
  divider.setAttribute("aria-valuetext", t("divider.value", { share: percent(share) }));
  const [before] = document.getElementsByClassName("tag-before");
  const [after] = document.getElementsByClassName("tag-after");
  before.hidden = !active || edge < 0.08;
  after.hidden = !active || whole || edge > 0.92;
  byId("layer").classList.toggle("comparing", whole);
  showBefore(active ? edge : 0);
}

// A press shows the photo before for as long as it lasts; a short one, like a click of a screen reader, keeps it there.
function holdButton(button) {
  let since = null;
  const press = (event) => { since = event.timeStamp; hold(true); };
  const release = (event, ended) => {
    const clicked = ended && since !== null && event.timeStamp - since < CLICK;
    since = null;
    hold(false);
    if (clicked) toggleBefore();
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    press(event);
  });
  button.addEventListener("pointerup", (event) => release(event, true));
  for (const end of ["pointercancel", "lostpointercapture", "blur"]) button.addEventListener(end, (event) => release(event, false));
  const pushes = (event) => event.key === " " || event.key === "Enter";
  button.addEventListener("keydown", (event) => {
    if (!pushes(event)) return;
    event.preventDefault();
    if (!event.repeat) press(event);
  });
  button.addEventListener("keyup", (event) => { if (pushes(event)) { event.preventDefault(); release(event, true); } });
  button.addEventListener("click", (event) => { if (event.detail === 0) toggleBefore(); });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

function drawLegend() {
  const canvas = byId("legend").querySelector("canvas");
  const context = canvas.getContext("2d");
  const ramp = context.createLinearGradient(0, 0, canvas.width, 0);
  CERTAIN_TO_UNCERTAIN.forEach((color, at, all) => ramp.addColorStop(at / (all.length - 1), color));
  context.fillStyle = ramp;
  context.fillRect(0, 0, canvas.width, canvas.height);
}
