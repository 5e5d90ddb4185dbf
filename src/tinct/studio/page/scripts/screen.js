// The screen of the player: the film before lies over the one after, up to a divider, or all of it while a key is held.

import { say } from "./announce.js";
import { byId, clamp } from "./dom.js";
import { percent, t } from "./strings.js";

let share = 0.5, divided = true, held = false;

export function start() {
  byId("player-divider").addEventListener("click", toggleDivider);
  const button = byId("player-compare");
  button.addEventListener("pointerdown", () => hold(true));
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(end, () => hold(false));
  button.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); event.stopPropagation(); hold(true); } });
  button.addEventListener("keyup", () => hold(false));
  const divider = byId("screen-divider");
  divider.addEventListener("pointerdown", (event) => { event.preventDefault(); divider.focus(); divider.setPointerCapture(event.pointerId); });
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = byId("screen").getBoundingClientRect();
    moveTo((event.clientX - box.left) / box.width);
  });
  divider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowUp: 0.02 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo(share + by * (event.shiftKey ? 5 : 1));
  });
}

/** Gives the screen the shape of the film, so that the divider is at the same place of both. */
export function fit(after) {
  byId("screen").style.aspectRatio = `${after.videoWidth} / ${after.videoHeight}`;
  byId("screen").style.setProperty("--shape", after.videoWidth / Math.max(1, after.videoHeight));
}

export function toggleDivider() {
  divided = !divided;
  say(t(divided ? "divider.on" : "divider.off"));
  if (document.activeElement === byId("screen-divider")) byId("player-divider").focus();
  draw();
}

export function hold(down) {
  if (held === down) return;
  held = down;
  if (down) say(t("player.before"));
  draw();
}

function moveTo(where) {
  share = clamp(where);
  draw();
}

export function draw() {
  const before = byId("video-before");
  const edge = held ? 1 : divided ? share : 0;
  before.style.clipPath = `inset(0 ${100 * (1 - edge)}% 0 0)`;
  const divider = byId("screen-divider");
  divider.hidden = !divided || held;
  divider.style.left = `${100 * share}%`;
  divider.setAttribute("aria-valuenow", Math.round(100 * share));
  divider.setAttribute("aria-valuetext", t("divider.value", { share: percent(share) }));
  byId("screen-before").hidden = edge < 0.12;
  byId("screen-after").hidden = edge > 0.88;
  byId("player-divider").setAttribute("aria-pressed", divided);
  byId("player-compare").classList.toggle("held", held);
}
