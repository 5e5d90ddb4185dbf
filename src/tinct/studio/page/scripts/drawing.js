// Tools: points where one clicks, strokes where one draws; the wheel changes the brush; all of it by keys as well.

import { say } from "./announce.js";
import { byId, clamp } from "./dom.js";
import { add, line } from "./hints.js";
import { photoOf, on, select, setTool, state } from "./store.js";
import { number, t } from "./strings.js";
import { watchPinch } from "./pinch.js";
import { onClick, pinchBy, reveal, setNavigation, sizeOnScreen, toPhoto, toWindow, zoomBy } from "./viewer.js";
import * as popover from "./popover.js";
import * as pipette from "./pipette.js";

const DRAWN = ["stroke", "neutral", "keep", "barrier"];
const POINT_RADIUS = 0.01;
// A missing part takes one more click; a colour that spilled over everything takes many.
const REACH = 0.8;
let path = null;               // places of the stroke that is being drawn
let cursor = [0.5, 0.5], pen = null;

export function start() {
  for (const button of byId("tools").querySelectorAll("button")) {
    button.title = `${t(`tool.${button.dataset.tool}.help`)} (${button.getAttribute("aria-keyshortcuts")})`;
    button.addEventListener("click", () => setTool(button.dataset.tool));
    button.addEventListener("keydown", rove);
  }
  on("tool", showTool);
  on("draft", draft);
  on("current", () => { pen = path = null; byId("crosshair").hidden = true; byId("strokes-draft")?.remove(); });
  onClick(({ at }) => { if (!pipette.take(at)) place(at); });
  const drawing = byId("drawing");
  drawing.addEventListener("pointerdown", begin);
  drawing.addEventListener("pointermove", extend);
  drawing.addEventListener("pointerup", finish);
  const give = () => { path = null; draft(); };
  drawing.addEventListener("pointercancel", give);
  watchPinch(drawing, give, pinchBy);
  drawing.addEventListener("pointerleave", () => { byId("brush").hidden = true; });
  drawing.addEventListener("wheel", wheel, { passive: false });
  byId("brush-size").querySelector("input").addEventListener("input", (event) => setBrush(event.target.value / 100));
  byId("stage").addEventListener("keydown", onKey);
  byId("stage").addEventListener("blur", () => { byId("crosshair").hidden = true; });
  showTool();
}

function showTool() {
  const drawn = DRAWN.includes(state.tool) && !pipette.active();
  for (const button of byId("tools").querySelectorAll("button")) {
    const chosen = button.dataset.tool === state.tool;
    button.setAttribute("aria-pressed", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  byId("drawing").hidden = !drawn;
  byId("brush-size").hidden = !drawn || state.tool === "barrier";
  byId("brush-size").querySelector("input").value = 100 * state.brush;
  byId("brush").hidden = true;
  setNavigation(!drawn);
  if (photoOf() && !pipette.active()) say(t(`tool.${state.tool}.help`));
}

function rove(event) {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const all = [...byId("tools").querySelectorAll("button")];
  const next = all[(all.indexOf(event.currentTarget) + by + all.length) % all.length];
  setTool(next.dataset.tool);
  next.focus();
  event.preventDefault();
}

// A click, or Enter at the crosshair: a hint of the tool in hand.
function place(at) {
  const photo = photoOf();
  if (photo?.state !== "ready") return;
  if (state.tool === "neutral" || state.tool === "keep") {
    popover.close();
    add({ points: [at], kind: state.tool, radius: state.brush, reach: REACH });
  } else if (state.tool === "barrier") say(t("tool.barrier.help"));
  else popover.openAt({ points: [at], kind: "color", radius: state.tool === "stroke" ? state.brush : POINT_RADIUS, reach: REACH });
}

function begin(event) {
  if (event.button || !event.isPrimary || photoOf()?.state !== "ready") return;
  event.currentTarget.setPointerCapture(event.pointerId);
  popover.close();
  path = [inside(toPhoto(event.clientX, event.clientY))];
}

function extend(event) {
  showBrush(event.clientX, event.clientY);
  if (!path) return;
  const at = inside(toPhoto(event.clientX, event.clientY));
  const [x, y] = toWindow(path.at(-1));
  if (Math.hypot(event.clientX - x, event.clientY - y) < 3) return;
  path.push(at);
  draft();
}

function finish() {
  if (!path) return;
  const points = simplified(path);
  path = null;
  draft();
  drawn(points);
}

function drawn(points) {
  if (points.length < 2) return place(points[0]);
  if (state.tool === "stroke") return popover.openAt({ points, kind: "color", radius: state.brush, reach: REACH });
  const radius = state.tool === "barrier" ? POINT_RADIUS : state.brush;
  return add({ points, kind: state.tool, radius, reach: REACH });
}

/** Shows the stroke that is being drawn, or a stroke or point that has no colour yet. */
export function draft(points = path ?? pen) {
  byId("strokes-draft")?.remove();
  const photo = photoOf();
  const [only] = points?.length === 1 && !path && !pen ? points : [];
  byId("draft").hidden = !only;
  if (only) Object.assign(byId("draft").style, { left: `${100 * only[0]}%`, top: `${100 * only[1]}%` });
  if (!points || points.length < 2 || !photo) return;
  const made = line(photo, { points, kind: state.tool === "barrier" ? "barrier" : "color", radius: state.brush, color: "#808080" });
  made.id = "strokes-draft";
  byId("strokes").append(made);
}

function wheel(event) {
  event.preventDefault();
  if (event.ctrlKey || state.tool === "barrier") return zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  setBrush(state.brush * (event.deltaY < 0 ? 1.12 : 1 / 1.12));
  return showBrush(event.clientX, event.clientY);
}

export function setBrush(radius) {
  state.brush = clamp(radius, 0.003, 0.12);
  byId("brush-size").querySelector("input").value = 100 * state.brush;
  say(t("brush.size", { size: number(100 * state.brush, 1) }));
}

function showBrush(x, y) {
  const brush = byId("brush");
  const box = byId("stage").getBoundingClientRect();
  const size = state.tool === "barrier" ? 6 : 2 * state.brush * Math.min(...sizeOnScreen());
  brush.hidden = false;
  brush.style.width = brush.style.height = `${size}px`;
  brush.style.transform = `translate(${x - box.left - size / 2}px, ${y - box.top - size / 2}px)`;
}

// Arrow keys move a crosshair; Enter sets a point, or begins and ends a stroke.
function onKey(event) {
  if (event.target !== byId("stage") || event.ctrlKey || event.metaKey || event.altKey || !photoOf()) return;
  const far = event.shiftKey ? 40 : 8;
  const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
  if (event.key in steps) {
    const [width, height] = sizeOnScreen();
    const [x, y] = steps[event.key];
    cursor = inside([cursor[0] + x / width, cursor[1] + y / height]);
    showCrosshair();
    if (pen) { pen.push(cursor); draft(); }
  } else if (event.key === "Enter" || event.key === " ") {
    showCrosshair();
    if (pipette.take(cursor)) return event.preventDefault();
    if (!DRAWN.includes(state.tool)) place(cursor);
    else if (!pen) { pen = [cursor]; say(t("pen.down")); }
    else { const points = simplified(pen); pen = null; draft(); drawn(points); }
  } else if (event.key === "Escape" && pen) { pen = null; draft(); say(t("pen.up")); }
  else return undefined;
  return event.preventDefault();
}

function showCrosshair() {
  const crosshair = byId("crosshair");
  crosshair.hidden = false;
  crosshair.style.left = `${100 * cursor[0]}%`;
  crosshair.style.top = `${100 * cursor[1]}%`;
  select(null);
  reveal(cursor);
}

const inside = ([x, y]) => [clamp(x), clamp(y)];

// Ramer, Douglas and Peucker: the corners that matter at the size on the screen.
function simplified(points) {
  const [width, height] = sizeOnScreen();
  const far = (at, from, to) => {
    const [dx, dy] = [(to[0] - from[0]) * width, (to[1] - from[1]) * height];
    const [px, py] = [(at[0] - from[0]) * width, (at[1] - from[1]) * height];
    const length = Math.hypot(dx, dy);
    return length ? Math.abs(px * dy - py * dx) / length : Math.hypot(px, py);
  };
  if (points.length === 2 && far(points[1], points[0], points[0]) < 1) return points.slice(0, 1);
  if (points.length < 3) return points;
  let [most, where] = [0, 0];
  points.forEach((each, at) => {
    const distance = far(each, points[0], points.at(-1));
    if (distance > most) [most, where] = [distance, at];
  });
  if (most < 1) return simplified([points[0], points.at(-1)]);
  return [...simplified(points.slice(0, where + 1)).slice(0, -1), ...simplified(points.slice(where))];
}
