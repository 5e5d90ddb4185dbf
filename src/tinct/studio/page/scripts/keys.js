// Shortcuts, and the dialog that lists them: one table for both.

import { byId, element, icon, typing } from "./dom.js";
import { hold, toggleDivider, toggleUncertainty } from "./compare.js";
import { toggle as toggleAdjust } from "./adjust.js";
import { setBrush } from "./drawing.js";
import { redo, undo } from "./edits.js";
import { remove, rove } from "./hints.js";
import { openMore } from "./opening.js";
import { play } from "./player.js";
import * as pipette from "./pipette.js";
import * as popover from "./popover.js";
import { go } from "./queue.js";
import { goToShot } from "./shots.js";
import { open as save } from "./save.js";
import { setTool, state } from "./store.js";
import { LANGUAGES, choose, language, t } from "./strings.js";
import { toggleFit, zoomBy, zoomToFit } from "./viewer.js";
import { say } from "./announce.js";

const travel = (direction, word) => async () => { if (await direction()) say(t(word)); };

// Keys (^ for Control or Command), what they do, and how it is called. A line without a function is handled elsewhere.
const SHORTCUTS = {
  photo: [
    [["^o"], "key.open", openMore], [["n"], "key.next", () => go(1)], [["p"], "key.previous", () => go(-1)],
    [["^s"], "key.save", save], [["^z"], "key.undo", travel(undo, "undone")], [["^y", "^Z"], "key.redo", travel(redo, "redone")],
  ],
  film: [
    [["PageDown"], "key.next-shot", () => goToShot(1)], [["PageUp"], "key.previous-shot", () => goToShot(-1)],
    [["f"], "key.play", () => play()], [["Space"], "key.player.play"], [["arrows"], "key.player.seek"],
    [[";", "'"], "key.player.frame"],
  ],
  look: [
    [["c"], "key.compare"], [["b"], "key.divider", toggleDivider], [["u"], "key.uncertainty", toggleUncertainty],
    [["+", "="], "key.in", () => zoomBy(1.4)], [["-"], "key.out", () => zoomBy(1 / 1.4)], [["0"], "key.fit", zoomToFit],
    [["z"], "key.pixels", toggleFit], [["a"], "key.adjust", toggleAdjust],
  ],
  tools: [
    [["v"], "key.point", () => setTool("point")], [["s"], "key.stroke", () => setTool("stroke")],
    [["g"], "key.neutral", () => setTool("neutral")], [["k"], "key.keep", () => setTool("keep")],
    [["x"], "key.barrier", () => setTool("barrier")],
    [["["], "key.smaller", () => setBrush(state.brush / 1.2)], [["]"], "key.larger", () => setBrush(state.brush * 1.2)],
    [["arrows"], "key.crosshair"], [["Enter"], "key.enter"],
  ],
  hints: [
    [["."], "key.next-hint", () => rove(1)], [[","], "key.previous-hint", () => rove(-1)], [["arrows"], "key.move"],
    [["Enter"], "key.edit"], [["Delete"], "key.delete"], [["1", "9"], "key.suggestion"], [["Escape"], "key.escape"],
  ],
};

export function start() {
  addEventListener("keydown", onDown);
  // The photo's ring of focus is for those who are on their way by keys, not for a shortcut between two clicks.
  addEventListener("pointerdown", () => { document.documentElement.dataset.input = "pointer"; }, true);
  addEventListener("keydown", (event) => { if (/^(Tab|Arrow)/.test(event.key)) document.documentElement.dataset.input = "keys"; }, true);
  addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "c") hold(false); });
  addEventListener("blur", () => hold(false));
  byId("help").addEventListener("click", showHelp);
  byId("undo").addEventListener("click", travel(undo, "undone"));
  byId("redo").addEventListener("click", travel(redo, "redone"));
}

function onDown(event) {
  if (event.altKey || document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  if (typing(event.target) && !(control && ["s", "o"].includes(event.key))) return;
  const key = (control ? "^" : "") + (event.key.length === 1 && !(control && event.shiftKey) ? event.key.toLowerCase() : event.key);
  if (handled(key, event)) event.preventDefault();
}

function handled(key, event) {
  if (key === "?") return showHelp() ?? true;
  if (key === "c") return hold(true) ?? true;
  if (/^[1-9]$/.test(key) && popover.isOpen()) return popover.takeSuggestion(Number(key));
  if (key === "Delete" || key === "Backspace") return removeSelected();
  if (key === "Escape") return escape();
  const found = Object.values(SHORTCUTS).flat().find(([keys, , run]) => run && keys.includes(key));
  if (!found || (event.repeat && !"+-=[].,".includes(key))) return false;
  found[2]();
  return true;
}

function removeSelected() {
  if (popover.isOpen()) popover.deleteOpened();
  else if (state.selected !== null) remove(state.selected);
  else return false;
  return true;
}

function escape() {
  if (pipette.active()) pipette.cancel();
  else if (popover.isOpen()) popover.close(true);
  else if (state.tool !== "point") setTool("point");
  else return false;
  return true;
}

function showHelp() {
  const dialog = byId("help-dialog");
  const languages = element("select", { class: "language-choice" });
  fillLanguages(languages);
  dialog.replaceChildren(
    element("header", {}, element("h2", { id: "help-title" }, t("help.title")),
      element("button", { class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    element("div", { class: "shortcuts", tabindex: 0, role: "group", "aria-label": t("help.title") }, ...Object.entries(SHORTCUTS).map(([group, lines]) => element("section", {},
      element("h3", {}, t(`help.${group}`)), element("dl", {}, ...lines.flatMap(([keys, text]) => [
        element("dt", {}, ...keys.flatMap((each, at) => (at ? [keys[0] === "1" ? "–" : " / ", cap(each)] : [cap(each)]))),
        element("dd", {}, t(text))])))),),
    element("footer", {}, element("label", { class: "line" }, element("span", {}, t("language")), languages),
      element("p", { class: "soft small" }, t("help.kept"))));
  dialog.showModal();
}

function cap(key) {
  if (key === "arrows") return element("kbd", { "aria-label": t("key.arrows") }, "← ↑ ↓ →");
  const letter = key.replace("^", "");
  const words = [key.startsWith("^") ? t("key.control") : null, /^[A-Z]$/.test(letter) ? t("key.shift") : null,
    letter.length > 1 ? t(`key.${letter.toLowerCase()}.cap`) : letter.toUpperCase()];
  return element("kbd", {}, words.filter(Boolean).join(" + "));
}

/** Fills a choice of languages. */
export function fillLanguages(select) {
  select.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => element("option", { value: code, lang: code }, name)));
  select.value = language;
  select.addEventListener("change", () => choose(select.value).then(() => location.reload()));
}
