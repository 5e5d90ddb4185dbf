// Any colour: the plane of all colours at the place's lightness, a name or hex, a and b, recent ones, the eyedropper.

import * as api from "./api.js";
import { element, icon } from "./dom.js";
import { gesture } from "./edits.js";
import { labToHex } from "./lab.js";
import { matching } from "./names.js";
import * as pipette from "./pipette.js";
import { Plane } from "./plane.js";
import { recent } from "./recent.js";
import { referencePicker } from "./reference-picker.js";
import { photoOf } from "./store.js";
import { t } from "./strings.js";

export class Picker {
  /** take(color, gesture) is called with each colour chosen, resized() when the picker has become taller or lower. */
  constructor(take, resized, focus) {
    Object.assign(this, { take, resized, focus, lightness: 50 });
    this.plane = new Plane((a, b, during) => this.chooseAb(a, b, during));
    this.name = element("input", { type: "text", id: "color-name", autocomplete: "off", spellcheck: "false",
      placeholder: t("picker.placeholder"), "aria-describedby": "color-fault", "aria-controls": "color-names" });
    this.names = element("ul", { id: "color-names", class: "names", "aria-label": t("picker.names") });
    this.fault = element("p", { id: "color-fault", class: "warning", role: "alert", hidden: true });
    this.a = field("a", () => this.chooseFields());
    this.b = field("b", () => this.chooseFields());
    this.recent = element("div", { class: "recent", role: "group", "aria-label": t("picker.recent") });
    this.references = element("div", { class: "reference-pick", hidden: true });
    const pick = element("button", { class: "pipette", onclick: () => this.pick() }, icon("pipette"), t("picker.pipette"));
    this.name.addEventListener("input", () => this.listNames());
    this.name.addEventListener("keydown", (event) => { if (event.key === "Enter") this.chooseText(this.name.value); });
    this.root = element("details", { class: "picker" }, element("summary", {}, t("picker.title")),
      this.plane.root,
      element("div", { class: "fields" },
        element("label", { class: "wide", for: "color-name" }, t("picker.name")), this.name, this.fault, this.names,
        element("label", { for: "color-a" }, "a"), this.a, element("label", { for: "color-b" }, "b"), this.b, pick),
      this.references,
      element("p", { class: "soft small", id: "recent-title" }, t("picker.recent")), this.recent);
    this.root.open = localStorage.getItem("picker") === "open";
    this.root.addEventListener("toggle", () => {
      localStorage.setItem("picker", this.root.open ? "open" : "closed");
      this.draw();
    });
  }

  /** The place's lightness and present colour. */
  setPlace(lightness, a, b) {
    this.lightness = lightness;
    this.mark(a, b);
    this.draw();
  }

  mark(a, b) {
    this.a.value = a.toFixed(1);
    this.b.value = b.toFixed(1);
    this.plane.mark(a, b);
    this.listRecent();
  }

  draw() {
    if (this.root.open) this.plane.draw(this.lightness);
    this.listRecent();
    this.resized();
  }

  chooseAb(a, b, during = gesture(), name = undefined) {
    const hex = labToHex(this.lightness, a, b);
    this.take({ color: `${a.toFixed(2)},${b.toFixed(2)}`, a, b, hex, name }, during);
  }

  chooseFields() {
    const [a, b] = [this.a, this.b].map((each) => Number(each.value));
    if (this.a.validity.valid && this.b.validity.valid) this.chooseAb(a, b);
  }

  async chooseText(text) {
    if (!text.trim()) return;
    try {
      const { hex, a, b } = await api.parseColor(text.trim());
      this.fault.hidden = true;
      this.names.replaceChildren();
      this.take({ color: text.trim(), hex, a, b, name: text.trim() });
    } catch (fault) {
      this.fault.textContent = fault.message;
      this.fault.hidden = false;
    }
    this.resized();
  }

  async listNames() {
    const found = await matching(this.name.value);
    this.names.replaceChildren(...found.map((each) => element("li", {},
      element("button", { title: each.source ?? null, onclick: () => { this.name.value = each.name; this.chooseText(each.name); } },
        element("i", { color: each.hex }), each.name))));
    this.resized();
  }

  listRecent() {
    const all = recent();
    this.recent.replaceChildren(...all.map((each) => element("button", {
      class: "dot", color: each.hex, title: each.name ?? each.hex, "aria-label": each.name ?? each.hex,
      onclick: () => this.take(each) })));
    this.recent.hidden = this.recent.previousElementSibling.hidden = !all.length;
  }

  pick() {
    const done = ({ hex, a, b }) => { this.hideReferences(); this.take({ color: `${a.toFixed(2)},${b.toFixed(2)}`, hex, a, b }); this.focus(); };
    pipette.ask(done);
    const references = photoOf().references;
    this.references.replaceChildren(element("p", { class: "soft small" }, t(references.length ? "pipette.help.references" : "pipette.help")),
      ...references.map(referencePicker));
    this.references.hidden = false;
    this.resized();
  }

  hideReferences() {
    this.references.hidden = true;
    this.resized();
  }
}

function field(name, changed) {
  const made = element("input", { id: `color-${name}`, type: "number", min: -128, max: 128, step: "any", inputmode: "decimal" });
  made.addEventListener("change", changed);
  return made;
}
