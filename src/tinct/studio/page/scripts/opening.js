// Photos and films come in: dropped, pasted, chosen, or picked from the folders that the studio was started with.

import * as api from "./api.js";
import { complain, notify, say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { remember } from "./placeholder.js";
import { addReferences } from "./references.js";
import { queued, setFilm, setPhoto, show, state } from "./store.js";
import { number, percent, t } from "./strings.js";

const FILMS = "3g2|3gp|asf|avi|divx|dv|f4v|flv|gxf|ivf|m1v|m2ts?|m2v|m4v|mjpeg|mkv|mod|mov|mp4|mpe?g?|mts|mxf|nut|og[mv]|rm|rmvb|tod|ts|vob|webm|wmv|y4m";
let folders = [], withFilms = true, filmBytes = Infinity;

/** health: what the server can do. */
export function start(roots, health) {
  folders = roots;
  withFilms = health.films ?? true;
  filmBytes = health.film_bytes ?? Infinity;
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("add").addEventListener("click", () => (folders.length ? openRoots() : byId("files").click()));
  byId("choose-root").hidden = !folders.length;
  byId("choose-root").addEventListener("click", openRoots);
  byId("files").addEventListener("change", (event) => {
    addFiles([...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) { event.preventDefault(); addFiles(files); }
  });
  startDrop();
}

/** The way to more photos: the folders given at start, or the browser's own dialog. */
export const openMore = () => byId(queued().length ? "add" : "choose").click();

/** Uploads files one after the other and shows the first. */
export async function addFiles(files) {
  let first = true;
  for (const file of files) {
    const done = waitingFor(file);
    try {
      if (isFilm(file)) takeFilm(await uploaded(file, done.progress), first);
      else {
        const photo = await api.addPhoto(file);
        remember(photo.id, file);
        take(photo, first);
      }
      first = false;
    } catch (fault) {
      complain(fault.status ? t("open.failed", { name: file.name, error: fault.message }) : fault);
    } finally {
      done();
    }
  }
}

// A large file takes a while to arrive: then it is said which.
function waitingFor(file) {
  say(t("opening", { name: file.name }));
  const text = element("p", {}, t("opening", { name: file.name }));
  const toast = element("div", { class: "toast" }, element("span", { class: "spinner" }), text);
  const timer = setTimeout(() => byId("toasts").append(toast), 400);
  const done = () => { clearTimeout(timer); toast.remove(); };
  done.progress = (share) => { text.textContent = `${t("opening", { name: file.name })} · ${percent(share)}`; };
  return done;
}

// By its name where the browser knows no better: not every system knows Matroska.
const isFilm = (file) => file.type.startsWith("video/") || new RegExp(`\\.(${FILMS})$`, "i").test(file.name);

async function uploaded(file, progress) {
  // Before it is sent: a refusal would be lost behind the gigabytes that are still on their way.
  if (!withFilms) throw new api.ApiError(400, t("film.extra"));
  if (file.size > filmBytes) throw new api.ApiError(413, t("film.large", { size: number(filmBytes / 2 ** 30) }));
  return api.addFilm(file, progress);
}

function takeFilm(film, first) {
  setFilm(film);
  if (first) show(film.id);
}

function take(photo, first) {
  setPhoto(photo);
  if (first) show(photo.id);
}

function startDrop() {
  let inside = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    inside += 1;
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    inside -= 1;
    if (inside <= 0) document.body.classList.remove("dropping");
  });
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    byId("references").classList.toggle("over", Boolean(event.target.closest?.("#references")));
  });
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = 0;
    document.body.classList.remove("dropping");
    byId("references").classList.remove("over");
    const files = [...event.dataTransfer.files];
    if (event.target.closest?.("#references") && state.current) addReferences(files);
    else addFiles(files);
  });
}

async function openRoots() {
  const dialog = byId("roots-dialog");
  const list = element("ul", { class: "files" });
  const trail = element("nav", { class: "trail", "aria-label": t("roots.where") });
  const add = element("button", { class: "primary", disabled: true, onclick: () => addChosen() }, t("roots.add", { count: 0 }));
  const all = element("button", { onclick: () => choose([...list.querySelectorAll("input")]) }, t("roots.all"));
  let root = folders[0], path = "", films = new Set();
  const chosen = () => [...list.querySelectorAll("input:checked")].map((each) => each.value);
  const recount = () => {
    add.textContent = t("roots.add", { count: chosen().length });
    add.disabled = !chosen().length;
  };
  const choose = (boxes) => {
    const on = boxes.some((each) => !each.checked);
    boxes.forEach((each) => { each.checked = on; });
    recount();
  };
  const addChosen = async () => {
    dialog.close();
    let first = true;
    for (const each of chosen()) {
      try {
        if (films.has(each)) takeFilm(await api.openFilm(root.id, each), first);
        else take(await api.openPhoto(root.id, each), first);
        first = false;
      } catch (fault) { complain(fault); }
    }
    if (!first) notify(t("roots.added", { count: chosen().length }));
  };
  const visit = async (nextRoot, nextPath) => {
    try {
      const found = await api.entries(nextRoot.id, nextPath);
      [root, path] = [nextRoot, nextPath];
      drawTrail(trail, root, path, visit);
      const below = (name) => (path ? `${path}/${name}` : name);
      films = new Set(found.films.map((each) => below(each.name)));
      const files = [...found.photos, ...found.films].sort((one, other) => one.name.localeCompare(other.name));
      list.replaceChildren(
        ...found.folders.map((name) => element("li", {}, element("button", { class: "quiet folder", onclick: () => visit(root, below(name)) }, icon("folder"), name))),
        ...files.map(({ name, size }) => element("li", {}, element("label", {},
          element("input", { type: "checkbox", value: below(name), onchange: recount }), films.has(below(name)) ? icon("film") : null, element("span", {}, name),
          element("small", {}, sizeOf(size))))));
      if (!list.children.length) list.append(element("li", { class: "soft" }, t("roots.empty")));
      all.disabled = !files.length;
      recount();
    } catch (fault) { complain(fault); }
  };
  const others = folders.length > 1
    ? element("select", { "aria-label": t("roots.folder"), onchange: (event) => visit(folders[event.target.selectedIndex], "") },
      ...folders.map((each) => element("option", {}, each.name))) : null;
  dialog.replaceChildren(
    element("header", {}, element("h2", { id: "roots-title" }, t("roots.title")), others,
      element("button", { class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    trail, list,
    element("footer", {}, element("button", { class: "quiet", onclick: () => { dialog.close(); byId("files").click(); } }, t("roots.elsewhere")), all, add));
  await visit(root, "");
  dialog.showModal();
}

function drawTrail(trail, root, path, visit) {
  const parts = path ? path.split("/") : [];
  trail.replaceChildren(element("button", { class: "quiet", onclick: () => visit(root, "") }, root.name),
    ...parts.flatMap((part, at) => ["›", element("button", { class: "quiet", onclick: () => visit(root, parts.slice(0, at + 1).join("/")) }, part)]));
}

const sizeOf = (bytes) => (bytes < 1e6 ? `${number(Math.ceil(bytes / 1e3))} kB` : `${number(bytes / 1e6, 1)} MB`);
