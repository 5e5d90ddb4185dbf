// What opens at a click on the photo: nine likely colours first, then any colour, then how far it reaches and why.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, clamp, element, icon } from "./dom.js";
import { gesture } from "./edits.js";
import * as hints from "./hints.js";
import * as pipette from "./pipette.js";
import { Picker } from "./picker.js";
import { reach, settings } from "./hint-settings.js";
import { remember } from "./recent.js";
import { photoOf, emit, on, select, state } from "./store.js";
import { onMove, panBy, toWindow } from "./viewer.js";
import { percent, t } from "./strings.js";

// What is open: {number, hint, id, suggestions, parts, picker, abort}. number is null for a place that has no colour yet.
let opened = null;

// Between a place and the popover beside it, in pixels.
const GAP = 22;

export const isOpen = () => opened !== null;

export function start() {
  onMove(position);
  on("current", () => close());
  on("photo", update);
  on("selection", () => { if (opened && opened.number !== null && state.selected !== opened.number) close(); });
  byId("popover").addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(true); }
  });
}

/** Opens for a place or stroke that is to have a colour. */
export function openAt(hint) {
  select(null);
  open(null, hint);
}

/** Opens for a hint that is there. */
export function openHint(number) {
  select(number);
  open(number, photoOf().hints[number]);
}

export function close(giveFocusBack = false) {
  if (!opened) return;
  const { number, abort } = opened;
  opened = null;
  abort.abort();
  pipette.cancel();
  byId("popover").hidden = true;
  byId("popover").replaceChildren();
  emit("draft", null);
  if (giveFocusBack) (byId("hints").children[number] ?? byId("stage")).focus();
}

/** Takes the suggestion of that number, from 1; false if there is none. */
export function takeSuggestion(number) {
  const suggestion = opened?.suggestions?.[number - 1];
  if (!suggestion) return false;
  take({ ...suggestion, color: `${suggestion.a.toFixed(2)},${suggestion.b.toFixed(2)}` });
  return true;
}

export function deleteOpened() {
  if (!opened) return;
  const { number } = opened;
  close(true);
  if (number !== null) hints.remove(number);
}

function open(number, hint) {
  close();
  opened = { number, hint, id: state.current, abort: new AbortController(), suggestions: null };
  const colored = (hint.kind ?? "color") === "color";
  const title = colored ? "popover.title" : `hint.${hint.kind}`;
  const parts = opened.parts = {
    swatches: element("div", { class: "obtained", hidden: true }),
    warning: element("p", { class: "warning", role: "status", hidden: true }),
    spread: element("p", { class: "soft small spread", hidden: true }, t("reach.spread")),
    grid: element("div", { class: "suggestions", role: "group", "aria-label": t("popover.suggestions"), "aria-busy": "true" }),
  };
  const box = byId("popover");
  box.replaceChildren(
    element("header", {},
      element("h2", { id: "popover-title" }, t(title)),
      element("button", { class: "icon", "aria-label": t("close"), title: t("close"), onclick: () => close(true) }, icon("close"))),
  );
  if (colored) {
    opened.picker = new Picker(take, position, () => takeFocus());
    box.append(parts.grid, parts.swatches, parts.warning, reach(hint, alter), parts.spread, opened.picker.root);
    parts.grid.append(...Array.from({ length: 9 }, () => element("span", { class: "suggestion blank" })));
    load(opened);
  } else box.append(element("p", { class: "soft" }, t(`hint.${hint.kind}.help`)), hint.kind === "barrier" ? "" : reach(hint, alter));
  if (hint.kind !== "barrier") box.append(settings(hint, alter, position));
  box.append(element("footer", {},
    element("button", { class: "quiet danger", onclick: deleteOpened }, ...removal(number)),
    element("button", { class: "primary", onclick: () => close(true) }, t("done"))));
  emit("draft", number === null ? hint.points : null);
  box.hidden = false;
  update(photoOf());
  position();
  uncover();
  takeFocus();
}

// On a phone the popover is at the bottom, or at the right if it lies, and in a small window there may be no room beside
// the place: it moves out from under the popover.
function uncover() {
  const box = byId("popover").getBoundingClientRect();
  const [x, y] = toWindow(hints.anchor(opened.hint));
  if (box.width >= innerWidth) {
    if (y > box.top - 60) panBy(y - (box.top - 60));
  } else if (box.height >= innerHeight) {
    if (x > box.left - 60) panBy(0, x - (box.left - 60));
  } else if (x > box.left && x < box.right + GAP) panBy(0, x - (box.right + GAP + 8));
}

const removal = (number) => (number === null ? [icon("close"), t("cancel")] : [icon("trash"), t("delete")]);

const takeFocus = () => byId("popover").focus({ preventScroll: true });

async function load(mine) {
  const at = hints.anchor(mine.hint);
  const signal = mine.abort.signal;
  const fail = (fault) => { complain(fault); return null; };
  const withSuggestions = photoOf().has_suggestions;
  const [suggestions, place] = await Promise.all([
    withSuggestions ? api.suggestions(mine.id, at, signal).catch(fail) : [],
    api.placeOf(mine.id, at).catch(fail),
  ]);
  if (opened !== mine) return;
  mine.suggestions = suggestions ?? [];
  const { grid } = mine.parts;
  grid.setAttribute("aria-busy", "false");
  grid.replaceChildren(...mine.suggestions.map(suggestionButton));
  grid.hidden = !mine.suggestions.length;
  if (place) {
    const requested = mine.number === null ? null : mine.hint.requested;
    mine.picker.setPlace(place.lightness, requested?.a ?? place.a, requested?.b ?? place.b);
  }
  mark();
  position();
  uncover();
  if (mine.suggestions.length) say(t("popover.ready", { count: mine.suggestions.length }));
  else mine.picker.root.open = true;
}

function suggestionButton(suggestion, at) {
  const share = percent(suggestion.probability);
  const grey = suggestion.a === 0 && suggestion.b === 0;
  const name = grey ? t("hint.neutral") : suggestion.name ?? suggestion.hex;
  return element("button", {
    class: "suggestion", color: suggestion.hex, "aria-pressed": "false", title: `${name} · ${suggestion.hex}`,
    "aria-label": t("popover.suggestion", { number: at + 1, name, probability: share }),
    "aria-keyshortcuts": at + 1, onclick: () => takeSuggestion(at + 1),
  }, element("i", { color: suggestion.hex }), element("kbd", {}, String(at + 1)), element("span", {}, share));
}

// color: {color, hex, a, b, name?}; during: a gesture whose changes are one step.
function take(color, during = gesture()) {
  if (!opened) return;
  const changes = { color: color.color, requested: { a: color.a, b: color.b, hex: color.hex }, name: color.name, obtained: null };
  if (opened.number === null) {
    emit("draft", null);
    const mine = opened;
    const number = photoOf().hints.length;
    mine.number = number;
    if (hints.add({ ...mine.hint, ...changes }, during) === null) return void close(true);
    byId("popover").querySelector(".danger").replaceChildren(...removal(number));
  } else hints.replace(opened.number, changes, during);
  opened.picker.mark(color.a, color.b);
  remember(color);
  mark();
  uncover();
}

function alter(changes, during) {
  Object.assign(opened.hint, changes);
  if (opened.number !== null) hints.replace(opened.number, changes, during);
}

// Which suggestion the hint has, if one of them.
function mark() {
  const requested = opened.number === null ? null : photoOf().hints[opened.number]?.requested;
  [...opened.parts.grid.children].forEach((button, at) => {
    const each = opened.suggestions?.[at];
    const same = requested && each && Math.hypot(each.a - requested.a, each.b - requested.b) < 0.6;
    button.setAttribute("aria-pressed", Boolean(same));
  });
}

// Requested beside obtained, as the server answers.
function update(photo) {
  if (!opened || photo?.id !== opened.id || opened.number === null) return;
  const hint = photo.hints[opened.number];
  if (!hint) return void close();
  opened.hint = { ...hint };
  if ((hint.kind ?? "color") !== "color") return;
  const { swatches, warning, spread } = opened.parts;
  swatches.hidden = spread.hidden = !hint.requested;
  if (!hint.requested) return;
  const obtained = hint.obtained?.hex;
  swatches.replaceChildren(
    swatch(t("requested"), hint.requested.hex), swatch(t("obtained"), obtained ?? null));
  warning.hidden = hint.in_gamut !== false;
  const text = warning.hidden ? "" : t("gamut");
  if (warning.textContent !== text) warning.textContent = text;
  mark();
  position();
}

function swatch(label, hex) {
  return element("div", {}, element("i", { color: hex ?? "transparent" }), element("span", {}, label), element("code", {}, hex ?? "…"));
}

// Beside the place, where there is room; on a phone the style sheet puts it at the bottom.
function position() {
  if (!opened) return;
  const box = byId("popover");
  const stage = byId("desk").getBoundingClientRect();
  const [x, y] = toWindow(hints.anchor(opened.number === null ? opened.hint : photoOf().hints[opened.number] ?? opened.hint));
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  const right = x - stage.left + GAP;
  const left = right + width + 8 <= stage.width ? right : Math.max(8, x - stage.left - GAP - width);
  box.style.left = `${left}px`;
  box.style.top = `${clamp(y - stage.top - 90, 8, Math.max(8, stage.height - height - 8))}px`;
}
