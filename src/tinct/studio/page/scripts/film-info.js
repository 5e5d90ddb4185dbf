// About a film: what it holds and what becomes of each stream, and its project, for the command line.

import * as api from "./api.js";
import { complain, notify } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { askAbout } from "./save.js";
import { filmOf } from "./store.js";
import { t } from "./strings.js";

let folders = [];

export function start(roots) {
  folders = roots;
  byId("film-about").addEventListener("click", open);
}

function open() {
  const film = filmOf();
  if (!film) return;
  const dialog = byId("film-dialog");
  const where = folders.length > 1 ? element("select", { "aria-label": t("save.where") },
    ...folders.map((each) => element("option", { value: each.id }, t("save.folder", { name: each.name })))) : null;
  const save = folders.length ? element("button", { id: "project-save", onclick: () => keep(film.id, where?.value ?? folders[0].id) }, t("project.save")) : null;
  const ready = film.state === "ready";
  dialog.replaceChildren(
    element("header", {}, element("h2", { id: "film-title" }, t("film.about")),
      element("button", { class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    element("ul", { class: "report", tabindex: 0, "aria-label": t("film.about") }, ...lines(film.report)),
    element("h3", {}, t("project")),
    element("p", { class: "soft" }, t("project.help")),
    element("code", { class: "command", tabindex: 0 }, film.command),
    element("footer", {}, where, save, ready ? element("a", { class: "button", id: "project-download", href: api.projectFile(film.id), download: "" }, t("project.download")) : null));
  if (save) save.disabled = !ready;
  dialog.showModal();
}

/** Lines of a report as items of a list. */
export const lines = (report) => report.map((each) => element("li", {}, each.trim()));

async function keep(id, root) {
  try {
    const { name } = await api.saveProject(id, root, false);
    notify(t("project.saved", { name }));
  } catch (fault) {
    if (fault.status !== 409) return void complain(fault);
    const { choice } = await askAbout(fault.answer.name, false, false);
    if (choice !== "replace") return;
    const { name } = await api.saveProject(id, root, true).catch((error) => { complain(error); return {}; });
    if (name) notify(t("project.saved", { name }));
  }
}
