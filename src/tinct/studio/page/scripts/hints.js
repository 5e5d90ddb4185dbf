// Hints on the photo: a marker for each, moved by mouse, touch or arrow keys, with one stop of the Tab key for all.

import { say } from "./announce.js";
import { byId, clamp, element } from "./dom.js";
import { changeHints, gesture } from "./edits.js";
import { photoOf, on, select, state } from "./store.js";
import { percent, t } from "./strings.js";
import { reveal, sizeOnScreen, toPhoto } from "./viewer.js";

const MOST = 1000;
let opener = () => {};
let nudging = null;

/** opens(number): shows the popover of a hint. */
export function start(opens) {
  opener = opens;
  on("current", render);
  on("photo", render);
  on("selection", render);
}

/** Adds a hint and selects it; its number, or null if there are too many. */
export function add(hint, during) {
  const hints = photoOf().hints;
  if (hints.length >= MOST) {
    say(t("hints.too-many", { most: MOST }));
    return null;
  }
  select(hints.length);
  changeHints([...hints, hint], during);
  say(t("hint.added", { name: describe(hint) }));
  return hints.length;
}

export function replace(number, changes, during) {
  const hints = photoOf().hints.map((each, at) => (at === number ? { ...each, ...changes } : each));
  return changeHints(hints, during);
}

export function remove(number) {
  const hints = photoOf()?.hints ?? [];
  if (!hints[number]) return;
  const focused = byId("hints").contains(document.activeElement);
  say(t("hint.deleted", { name: describe(hints[number]) }));
  select(hints.length > 1 ? Math.max(0, Math.min(number, hints.length - 2)) : null);
  changeHints(hints.filter((_, at) => at !== number));
  if (focused) (byId("hints").children[state.selected] ?? byId("stage")).focus();
}

/** The colour that a hint is drawn in. */
export function colorOf(hint) {
  return hint.requested?.hex ?? (/^#/.test(hint.color ?? "") ? hint.color : "#808080");
}

/** What a hint is, in words. */
export function describe(hint) {
  const kind = hint.kind ?? "color";
  const name = /^[a-z ]+$/i.test(hint.color ?? "") ? hint.color : hint.name ?? hint.requested?.hex ?? hint.color ?? "";
  return kind === "color" ? t("hint.color", { color: name }) : t(`hint.${kind}`);
}

/** Selects the next or previous hint, or the first. */
export function rove(by) {
  const count = photoOf()?.hints.length ?? 0;
  if (!count) return void say(t("hints.none"));
  const at = state.selected === null ? (by > 0 ? 0 : count - 1) : (state.selected + by + count) % count;
  select(at);
  byId("hints").children[at].focus();
  reveal(anchor(photoOf().hints[at]));
}

/** The place of a hint's marker: its point, or the middle of its stroke. */
export const anchor = (hint) => hint.points[Math.floor(hint.points.length / 2)];

function render() {
  const group = byId("hints");
  const hints = photoOf()?.hints ?? [];
  while (group.children.length > hints.length) group.lastElementChild.remove();
  while (group.children.length < hints.length) group.append(marker(group.children.length));
  const stop = state.selected ?? 0;
  hints.forEach((hint, at) => {
    const button = group.children[at];
    const [x, y] = anchor(hint);
    button.className = `hint ${hint.kind ?? "color"}`;
    button.style.left = `${100 * x}%`;
    button.style.top = `${100 * y}%`;
    button.style.setProperty("--color", colorOf(hint));
    button.tabIndex = at === stop ? 0 : -1;
    button.setAttribute("aria-current", at === state.selected);
    const where = t("hint.where", { x: percent(x), y: percent(y) });
    button.setAttribute("aria-label", `${t("hint.number", { number: at + 1 })}, ${describe(hint)}, ${where}`);
  });
  drawStrokes(hints);
}

function marker(number) {
  const button = element("button", {}, element("span", {}));
  let start = null, during = null;
  button.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.stopPropagation();
    button.setPointerCapture(event.pointerId);
    select(number);
    start = { at: [event.clientX, event.clientY], points: photoOf().hints[number].points };
    during = null;
  });
  button.addEventListener("pointermove", (event) => {
    if (!start || !button.hasPointerCapture(event.pointerId)) return;
    if (!during && Math.hypot(event.clientX - start.at[0], event.clientY - start.at[1]) < 4) return;
    during ??= gesture();
    const [from, to] = [toPhoto(...start.at), toPhoto(event.clientX, event.clientY)];
    replace(number, { points: moved(start.points, to[0] - from[0], to[1] - from[1]) }, during);
  });
  button.addEventListener("pointerup", () => {
    const dragged = Boolean(during);
    start = during = null;
    if (dragged) say(t("hint.moved", { where: whereIs(number) }));
    else opener(number);
  });
  button.addEventListener("pointercancel", () => { start = during = null; });
  button.addEventListener("focus", () => select(number));
  button.addEventListener("keydown", (event) => onKey(event, number));
  return button;
}

function onKey(event, number) {
  const [width, height] = sizeOnScreen();
  const far = event.shiftKey ? 20 : 2;
  const steps = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in steps) {
    nudging ??= { during: gesture() };
    clearTimeout(nudging.end);
    const [x, y] = steps[event.key];
    const points = moved(photoOf().hints[number].points, x / width, y / height);
    replace(number, { points }, nudging.during);
    reveal(anchor({ points }));
    nudging.end = setTimeout(() => { nudging = null; say(t("hint.moved", { where: whereIs(number) })); }, 600);
  } else if (event.key === "Enter" || event.key === " ") opener(number);
  else if (event.key === "Delete" || event.key === "Backspace") remove(number);
  else if (event.key === "Home") rove(-(state.selected ?? 0));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function whereIs(number) {
  const hint = photoOf()?.hints[number];
  if (!hint) return "";
  const [x, y] = anchor(hint);
  return t("hint.where", { x: percent(x), y: percent(y) });
}

// The whole hint moves, and all of it stays inside the photo.
function moved(points, x, y) {
  const [left, right] = [Math.min(...points.map((each) => each[0])), Math.max(...points.map((each) => each[0]))];
  const [top, bottom] = [Math.min(...points.map((each) => each[1])), Math.max(...points.map((each) => each[1]))];
  const [dx, dy] = [clamp(x, -left, 1 - right), clamp(y, -top, 1 - bottom)];
  return points.map((each) => [clamp(each[0] + dx), clamp(each[1] + dy)]);
}

function drawStrokes(hints) {
  const svg = byId("strokes");
  const photo = photoOf();
  if (!photo) return svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
  const lines = hints.map((hint, at) => hint.points.length > 1 && line(photo, hint, at === state.selected));
  return svg.replaceChildren(...lines.filter(Boolean));
}

/** A stroke as a line of SVG in the photo's pixels. */
export function line(photo, hint, selected) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const points = hint.points.map(([x, y]) => `${(x * photo.width).toFixed(1)},${(y * photo.height).toFixed(1)}`);
  made.setAttribute("points", points.join(" "));
  made.setAttribute("class", `stroke ${hint.kind ?? "color"}${selected ? " selected" : ""}`);
  if (hint.kind !== "barrier") {
    made.style.strokeWidth = 2 * (hint.radius ?? 0.01) * Math.min(photo.width, photo.height);
    made.style.setProperty("--color", colorOf(hint));
  }
  return made;
}
