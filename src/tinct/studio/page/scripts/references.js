// References: colour photos whose colours the photo on the stage is to take.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { change, gesture } from "./edits.js";
import { photoOf, on, setPhoto, state } from "./store.js";
import { percent, t } from "./strings.js";

export function start() {
  byId("add-reference").addEventListener("click", () => byId("reference-file").click());
  byId("reference-file").addEventListener("change", (event) => {
    addReferences([...event.target.files]);
    event.target.value = "";
  });
  const strength = byId("reference-strength");
  let during = null;
  strength.addEventListener("input", () => {
    during ??= gesture();
    change({ reference_strength: Number(strength.value) }, during);
  });
  strength.addEventListener("change", () => { during = null; });
  byId("reference-mode").addEventListener("change", (event) => change({ reference_mode: event.target.value }));
  on("current", render);
  on("photo", render);
}

export async function addReferences(files) {
  const id = state.current;
  const section = byId("references");
  section.setAttribute("aria-busy", "true");
  for (const file of files) {
    try {
      setPhoto(await api.addReference(id, file));
      say(t("references.added", { name: file.name }));
    } catch (fault) {
      complain(fault);
    }
  }
  section.removeAttribute("aria-busy");
}

async function remove(reference) {
  try {
    setPhoto(await api.removeReference(state.current, reference.id));
    say(t("references.removed", { name: reference.name }));
    byId("add-reference").focus();
  } catch (fault) {
    complain(fault);
  }
}

let drawn = null;

function render(photo) {
  if (!photo) return;
  const references = photo.references ?? [];
  const key = photo.id + references.map((each) => each.id).join();
  if (key !== drawn) {
    drawn = key;
    byId("reference-list").replaceChildren(...references.map((each) => element("figure", { class: "thumb" },
      element("img", { src: api.referencePreview(photo.id, each.id), alt: each.name, draggable: "false" }),
      element("button", { class: "icon remove", "aria-label": t("references.remove", { name: each.name }),
        title: t("references.remove", { name: each.name }), onclick: () => remove(each) }, icon("close")))));
  }
  byId("reference-settings").hidden = !references.length;
  const strength = photo.reference_strength ?? 1;
  if (document.activeElement !== byId("reference-strength")) byId("reference-strength").value = strength;
  byId("reference-strength-value").textContent = percent(strength);
  byId("reference-mode").value = photo.reference_mode ?? "match";
}
