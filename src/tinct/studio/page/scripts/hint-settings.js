// What a hint has beside its colour: how far it reaches, how wide it is, and why.

import { element } from "./dom.js";
import { gesture } from "./edits.js";
import { number, percent, t } from "./strings.js";

/** How far a hint spreads, always in sight; alter(changes, gesture) is called with each change. */
export function reach(hint, alter) {
  return element("div", { class: "reach" },
    slider("reach", t("reach"), 100 * (hint.reach ?? 1), { min: 0, max: 100, step: 1, "aria-describedby": "hint-reach-ends" },
      (value) => percent(value / 100), (value, during) => alter({ reach: value / 100 }, during)),
    element("p", { id: "hint-reach-ends", class: "ends" }, element("span", {}, t("reach.low")), element("span", {}, t("reach.high"))));
}

/** A folded section with size and note; alter(changes, gesture) is called with each change. */
export function settings(hint, alter, resized) {
  const made = element("details", { class: "hint-settings" }, element("summary", {}, t("hint.settings")));
  const note = element("textarea", { id: "hint-note", rows: 2, maxlength: 2000, placeholder: t("note.placeholder") });
  note.value = hint.note ?? "";
  note.addEventListener("change", () => alter({ note: note.value }));
  made.append(
    slider("radius", t("radius"), 100 * (hint.radius ?? 0.01), { min: 0.3, max: 12, step: 0.1 },
      (value) => `${number(value, 1)} %`, (value, during) => alter({ radius: value / 100 }, during)),
    element("label", { class: "block-label", for: "hint-note" }, t("note")), note);
  made.open = Boolean(hint.note) || localStorage.getItem("settings") === "open";
  made.addEventListener("toggle", () => {
    localStorage.setItem("settings", made.open ? "open" : "closed");
    resized();
  });
  return made;
}

function slider(name, label, value, range, spell, changed) {
  const input = element("input", { id: `hint-${name}`, type: "range", ...range, value });
  const output = element("output", { for: `hint-${name}` }, spell(value));
  let during = null;
  input.addEventListener("input", () => {
    during ??= gesture();
    output.textContent = spell(Number(input.value));
    changed(Number(input.value), during);
  });
  input.addEventListener("change", () => { during = null; });
  return element("div", { class: "slider" }, element("label", { for: `hint-${name}` }, label), output, input);
}
