// Saving at full size: what, in which format, where; nothing is replaced without a question.

import * as api from "./api.js";
import { complain, notify } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { photoOf, emit, on, state } from "./store.js";
import { percent, t } from "./strings.js";

const KINDS = ["photo", "chroma", "layers", "recipe"];
const FORMATS = ["", "jpeg", "png", "tiff", "webp"];
// Ids of exports that are to be handed to the browser as downloads.
const downloads = new Set();
let folders = [];

export function start(roots) {
  folders = roots.filter((each) => each.kind === "folder");
  byId("save").addEventListener("click", open);
  on("exports", progress);
}

export function open() {
  const current = photoOf();
  if (current?.state !== "ready") return;
  const dialog = byId("save-dialog");
  const form = element("form", { method: "dialog" },
    element("header", {}, element("h2", { id: "save-title" }, t("save.title")),
      element("button", { type: "button", class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    choices("kind", t("save.what"), KINDS.map((each) => [each, t(`save.${each}`), t(`save.${each}.help`)])),
    element("label", { class: "line", id: "save-format" }, element("span", {}, t("save.format")),
      element("select", { name: "format" }, ...FORMATS.map((each) => element("option", { value: each },
        each ? each.toUpperCase() : t("save.same", { format: (current.format ?? "").toUpperCase() }))))),
    folders.length ? choices("root", t("save.where"), [...folders.map((each) => [each.id, each.name, null]), ["", t("save.download"), null]]) : null,
    state.photos.length > 1 ? element("label", { class: "line check" }, element("input", { type: "checkbox", name: "all" }),
      element("span", {}, t("save.all", { count: state.photos.length }))) : null,
    element("footer", {}, element("p", { class: "soft small" }, t("save.size", { width: current.width, height: current.height, bits: current.bits })),
      element("button", { class: "primary", id: "save-now", value: "save" }, t("save.now"))));
  form.addEventListener("change", () => { form.querySelector("#save-format").hidden = form.elements.kind.value !== "photo"; });
  form.addEventListener("submit", () => {
    const all = form.elements.all?.checked;
    const photos = all ? state.photos.filter((each) => each.state === "ready") : [current];
    const kind = form.elements.kind.value;
    const format = kind === "photo" && form.elements.format.value ? form.elements.format.value : undefined;
    saveAll(photos, { kind, format, root: form.elements.root?.value || undefined });
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  byId("save-now").focus();
}

function choices(name, legend, all) {
  return element("fieldset", { class: "choices" }, element("legend", {}, legend), ...all.map(([value, label, help], at) =>
    element("label", {}, element("input", { type: "radio", name, value, checked: at === 0 }),
      element("span", {}, element("b", {}, label), help && element("small", {}, help)))));
}

async function saveAll(photos, order) {
  let always = null;
  for (const photo of photos) {
    try {
      always = await save({ photo: photo.id, ...order, overwrite: always === "replace" }, always, photos.length > 1);
    } catch (fault) {
      complain(fault);
    }
  }
}

// Starts one export; asks if the name is taken. Returns the answer if it is to hold for all that follow.
async function save(order, always, many) {
  for (let copy = 2; ; copy++) {
    try {
      const { id } = await api.startExport(order);
      if (!order.root) downloads.add(id);
      progress(state.exports.get(id) ?? { id, photo: order.photo, state: "waiting", progress: 0 });
      return always;
    } catch (fault) {
      if (fault.status !== 409 || !fault.answer.name) throw fault;
      if (order.name && always === "both") { order.name = numbered(fault.answer.name, copy); continue; }
      const answer = always === "both" ? "both" : await askAbout(fault.answer.name, many);
      if (answer.choice === "cancel") return answer.all ? "cancel" : always;
      const choice = answer.choice ?? answer;
      if (answer.all) always = choice;
      if (choice === "replace") order.overwrite = true;
      else { order.name = numbered(fault.answer.name, copy); always ??= null; }
    }
  }
}

const numbered = (name, copy) => name.replace(/(-\d+)?(\.[^.]+)?$/, (_, __, suffix = "") => `-${copy}${suffix}`);

function askAbout(name, many) {
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
        element("button", { class: "primary", id: "keep-both", onclick: answer("both") }, t("exists.both"))));
    dialog.addEventListener("cancel", answer("cancel"), { once: true });
    dialog.showModal();
    byId("keep-both").focus();
  });
}

const shown = new Map();

function progress(made) {
  state.exports.set(made.id, made);
  const photo = photoOf(made.photo);
  let bar = shown.get(made.id);
  if (!bar && made.state !== "done" && made.state !== "failed") {
    bar = element("div", { class: "toast saving" }, element("label", {}, element("span", {}, t("saving", { name: photo?.name ?? "" })), element("progress", { max: 1, value: 0 })),
      element("button", { class: "quiet", onclick: () => api.stopExport(made.id).catch(complain).then(() => finish(made.id)) }, t("cancel")));
    shown.set(made.id, bar);
    byId("toasts").append(bar);
  }
  if (made.state === "running") {
    bar.querySelector("progress").value = made.progress;
    bar.querySelector("progress").textContent = percent(made.progress);
  }
  if (made.state === "failed" && shown.has(made.id)) { finish(made.id); complain(t("save.failed", { name: photo?.name ?? "", error: made.error ?? "" })); }
  if (made.state === "done") done(made);
}

function done(made) {
  const ours = shown.has(made.id) || downloads.has(made.id);
  finish(made.id);
  if (!ours) return;
  if (downloads.delete(made.id)) {
    const link = element("a", { href: api.exportFile(made.id), download: made.name ?? "" });
    document.body.append(link);
    link.click();
    link.remove();
  }
  notify(t("saved", { name: made.name ?? "" }));
  emit("photos");
}

function finish(id) {
  shown.get(id)?.remove();
  shown.delete(id);
}
