// Saving at full size: what, in which format, where; nothing is replaced without a question.

import * as api from "./api.js";
import { complain } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { Batch } from "./exports.js";
import { open as renderFilm } from "./film-render.js";
import { photoOf, state } from "./store.js";
import { t } from "./strings.js";

const KINDS = ["photo", "chroma", "layers", "recipe"];
const FORMATS = ["", "jpeg", "png", "tiff", "webp"];
let folders = [];

export function start(roots) {
  folders = roots.filter((each) => each.kind === "folder");
  byId("save").addEventListener("click", open);
}

export function open() {
  if (state.film) return renderFilm();
  const current = photoOf();
  if (current?.state !== "ready") return;
  const dialog = byId("save-dialog");
  const ready = state.photos.filter((each) => each.state === "ready");
  const fresh = ready.filter((each) => !each.saved?.length || each.changed_since_saved);
  const old = ready.length - fresh.length;
  const form = element("form", { method: "dialog" },
    element("header", {}, element("h2", { id: "save-title" }, t("save.title")),
      element("button", { type: "button", class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    choices("kind", t("save.what"), KINDS.map((each) => [each, t(`save.${each}`), t(`save.${each}.help`)])),
    element("label", { class: "line", id: "save-format" }, element("span", {}, t("save.format")),
      element("select", { name: "format" }, ...FORMATS.map((each) => element("option", { value: each },
        each ? each.toUpperCase() : t("save.same", { format: (current.format ?? "").toUpperCase() }))))),
    folders.length ? choices("root", t("save.where"), [...folders.map((each) => [each.id, t("save.folder", { name: each.name }), null]), ["", t("save.download"), null]]) : null,
    state.photos.length > 1 ? element("label", { class: "line check" }, element("input", { type: "checkbox", name: "all" }),
      element("span", {}, t("save.all", { count: state.photos.length }))) : null,
    old && fresh.length ? element("label", { class: "line check", id: "save-skip", hidden: true },
      element("input", { type: "checkbox", name: "skip" }), element("span", {}, t("save.skip", { count: old }))) : null,
    element("p", { class: "soft small", id: "save-name", role: "status" }),
    ...(current.remarks ?? []).map((each) => element("p", { class: "soft small" }, each)),
    element("footer", {}, element("p", { class: "soft small" }, t("save.size", { width: current.width, height: current.height, bits: current.bits })),
      element("button", { class: "primary", id: "save-now", value: "save" }, t("save.now"))));
  form.addEventListener("change", () => {
    form.querySelector("#save-format").hidden = form.elements.kind.value !== "photo";
    if (form.elements.skip) form.querySelector("#save-skip").hidden = !form.elements.all.checked;
    tellName(form, current);
  });
  form.addEventListener("submit", () => {
    const all = form.elements.all?.checked;
    const photos = !all ? [current] : form.elements.skip?.checked ? fresh : ready;
    saveAll(photos, { ...wanted(form), root: form.elements.root?.value || undefined });
  });
  dialog.replaceChildren(form);
  tellName(form, current);
  dialog.showModal();
  byId("save-now").focus();
}

function wanted(form) {
  const kind = form.elements.kind.value;
  return { kind, format: kind === "photo" && form.elements.format.value ? form.elements.format.value : undefined };
}

// Says under which name the result is written; the answer to an earlier choice is dropped.
async function tellName(form, photo) {
  const asked = form.asked = wanted(form);
  const answer = await api.resultName(photo.id, asked.kind, asked.format).catch(() => null);
  if (form.asked !== asked) return;
  const text = form.elements.all?.checked ? "save.name.all" : "save.name";
  form.querySelector("#save-name").textContent = answer ? t(text, { name: answer.name }) : "";
}

/** Radio buttons: [value, label, help] of each; the first is chosen. */
export function choices(name, legend, all) {
  return element("fieldset", { class: "choices" }, element("legend", {}, legend), ...all.map(([value, label, help], at) =>
    element("label", {}, element("input", { type: "radio", name, value, checked: at === 0 }),
      element("span", {}, element("b", {}, label), help && element("small", {}, help)))));
}

async function saveAll(photos, order) {
  const batch = new Batch(photos.length, folders.find((each) => each.id === order.root)?.name);
  let always = null;
  for (const photo of photos) {
    try {
      always = await save({ photo: photo.id, ...order, overwrite: always === "replace" }, always, batch);
    } catch (fault) {
      batch.skip();
      complain(fault);
    }
  }
}

// Starts one export, and asks if its name is taken. Returns the choice that is to hold for all that follow, or null.
async function save(order, always, batch) {
  for (let copy = 2; ; copy++) {
    try {
      batch.add((await api.startExport(order)).id);
      return always;
    } catch (fault) {
      if (fault.status !== 409 || !fault.answer.name) throw fault;
      const { name } = fault.answer;
      const { choice, all } = always ? { choice: always } : order.name ? { choice: "both" } : await askAbout(name, batch.size > 1);
      if (all) always = choice;
      if (choice === "replace") order.overwrite = true;
      else if (choice === "both") order.name = numbered(name, copy);
      else return batch.skip() ?? always;
    }
  }
}

export const numbered = (name, copy) => name.replace(/(-\d+)?(\.[^.]+)?$/, (_, __, suffix = "") => `-${copy}${suffix}`);

/** Asks what to do about a name that is taken: replace, both or cancel. many: whether to offer that for all. */
export function askAbout(name, many, both = true) {
  const dialog = byId("exists-dialog");
  const all = element("input", { type: "checkbox" });
  return new Promise((resolve) => {
    const answer = (choice) => () => { resolve({ choice, all: all.checked }); dialog.close(); };
    dialog.replaceChildren(
      element("h2", { id: "exists-title" }, t("exists.title", { name })), element("p", {}, t("exists.text")),
      many ? element("label", { class: "line check" }, all, element("span", {}, t("exists.all"))) : "",
      element("footer", {},
        element("button", { class: "quiet", onclick: answer("cancel") }, t("cancel")),
        element("button", { class: "danger", onclick: answer("replace") }, t("exists.replace")),
        both ? element("button", { class: "primary", id: "keep-both", onclick: answer("both") }, t("exists.both")) : null));
    dialog.addEventListener("cancel", answer("cancel"), { once: true });
    dialog.showModal();
    dialog.querySelector(both ? "#keep-both" : ".quiet").focus();
  });
}
