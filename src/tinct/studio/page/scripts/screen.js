// The screen of the player: the film before lies over the one after, up to a divider, or all of it while a key is held
// or after a click.

import { say } from "./announce.js";
import { byId, clamp } from "./dom.js";
import { percent, t } from "./strings.js";

// A press that is no longer (ms) is a click.
const CLICK = 350;
let share = 0.5, divided = true, held = false, kept = false;

export function start() {
  byId("player-divider").addEventListener("click", toggleDivider);
  startCompare(byId("player-compare"));
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

// A click shows the film before until the next one; a longer press while it lasts.
function startCompare(button) {
  let since = null;
  const press = (event) => { since ??= event.timeStamp; hold(true); };
  const release = (event) => {
    if (since === null) return;
    const clicked = ["pointerup", "keyup"].includes(event.type) && event.timeStamp - since < CLICK;
    since = null;
    kept = clicked && !kept;
    hold(false);
    draw();
  };
  const isKey = (event) => event.key === " " || event.key === "Enter";
  button.addEventListener("pointerdown", (event) => { if (!event.button) press(event); });
  for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) button.addEventListener(end, release);
  button.addEventListener("keydown", (event) => { if (isKey(event)) { event.preventDefault(); event.stopPropagation(); press(event); } });
  button.addEventListener("keyup", (event) => { if (isKey(event)) { event.preventDefault(); release(event); } });
  // Of a screen reader, without a press.
  button.addEventListener("click", (event) => { if (!event.detail) { kept = !kept; draw(); } });
}

/** Both films, side by side: the divider in the middle. */
export function reset() {
  [share, divided, held, kept] = [0.5, true, false, false];
  draw();
}

/** Gives the screen the shape of the film, so that the divider is at the same place of both. */
export function fit(after) {
  byId("screen").style.aspectRatio = `${after.videoWidth} / ${after.videoHeight}`;
  byId("screen").style.setProperty("--shape", after.videoWidth / Math.max(1, after.videoHeight));
}

export function toggleDivider() {
  divided = !divided;
  kept = false;
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
  const whole = held || kept, edge = whole ? 1 : divided ? share : 0;
  before.style.clipPath = `inset(0 ${100 * (1 - edge)}% 0 0)`;
  const divider = byId("screen-divider");
  divider.hidden = !divided || whole;
  divider.style.left = `${100 * share}%`;
  divider.setAttribute("aria-valuenow", Math.round(100 * share));
  divider.setAttribute("aria-valuetext", t("divider.value", { share: percent(share) }));
  byId("screen-before").hidden = edge < 0.12;
  byId("screen-after").hidden = edge > 0.88;
  byId("player-divider").setAttribute("aria-pressed", divided);
  byId("player-compare").classList.toggle("held", held);
  byId("player-compare").setAttribute("aria-pressed", kept);
}
