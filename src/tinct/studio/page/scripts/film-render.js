// Colouring a whole film: for what, in which codec, where; how far it is; stopping, going on, and fetching it.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, element, icon } from "./dom.js";
import { lines } from "./film-info.js";
import { askAbout, choices, numbered } from "./save.js";
import { labelled } from "./shots.js";
import { filmOf, on, setFilm, state } from "./store.js";
import { percent, t } from "./strings.js";
import { timeLeft } from "./times.js";

// What a result is for, and the settings for that.
const PURPOSES = { watch: { container: "mp4" }, edit: { container: "mov", codec: "prores" }, archive: { archive: true }, other: {} };
const CONTAINERS = ["mp4", "mkv", "mov", "webm"], CODECS = ["h264", "hevc", "av1", "vp9", "prores", "ffv1"];
const LOSSLESS = ["prores", "ffv1"];
let folders = [];
let asked = 0;

export function start(roots) {
  folders = roots;
  on("film", render);
  on("current", render);
}

export function open() {
  const film = filmOf();
  if (film?.state !== "ready") return;
  const dialog = byId("render-dialog");
  const option = (value) => element("option", { value }, value ? value.toUpperCase() : t("render.usual"));
  const report = element("ul", { class: "report", tabindex: 0, "aria-label": t("render.report") });
  const form = element("form", { method: "dialog" },
    element("header", {}, element("h2", { id: "render-title" }, t("render.title")),
      element("button", { type: "button", class: "icon", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
    keeping(film.id),
    choices("purpose", t("render.purpose"), Object.keys(PURPOSES).map((each) => [each, t(`render.${each}`), t(`render.${each}.help`)])),
    element("div", { id: "render-own", class: "columns", hidden: true },
      field("render.container", element("select", { name: "container" }, ...["", ...CONTAINERS].map(option))),
      field("render.codec", element("select", { name: "codec" }, ...["", ...CODECS].map(option))),
      field("render.quality", element("input", { type: "number", name: "quality", min: 1, max: 100, value: 80 }))),
    element("label", { class: "line check" }, element("input", { type: "checkbox", name: "fast" }), element("span", {}, t("render.fast"))),
    folders.length ? choices("root", t("save.where"), [...folders.map((each) => [each.id, each.kind === "folder" ? t("save.folder", { name: each.name }) : t("render.beside"), null]), ["", t("render.download"), null]]) : null,
    element("h3", {}, t("render.report")), report,
    element("footer", {}, element("p", { class: "soft small", id: "render-name" }), element("button", { class: "primary", id: "render-now", value: "render" }, t("render.now"))));
  const plan = () => tellPlan(film.id, settingsOf(form), report);
  form.addEventListener("change", () => { byId("render-own").hidden = form.elements.purpose.value !== "other"; plan(); });
  form.addEventListener("submit", () => begin(film.id, { ...settingsOf(form), root: form.elements.root?.value || null }));
  dialog.replaceChildren(form);
  dialog.showModal();
  byId("render-now").focus();
  plan();
}

// How many shots are not coloured, if there are any.
function keeping(id) {
  const shots = state.shots.get(id) ?? [], count = shots.filter((each) => each.in_colour).length;
  return count ? element("p", { id: "render-kept" }, t("render.kept", { count, all: shots.length })) : null;
}

const field = (key, input) => element("label", {}, element("span", {}, t(key)), input);

function settingsOf(form) {
  const { purpose, container, codec, quality, fast } = form.elements;
  const every = fast.checked ? 4 : 1;
  if (purpose.value !== "other") return { ...PURPOSES[purpose.value], every };
  const level = Number(quality.value);
  quality.disabled = LOSSLESS.includes(codec.value);
  return { container: container.value || null, codec: codec.value || null, every,
    quality: quality.disabled || !(level >= 1 && level <= 100) ? null : Math.round(level) };
}

// What would become of each stream, before anything is begun.
async function tellPlan(id, settings, report) {
  const mine = ++asked, button = byId("render-now");
  report.setAttribute("aria-busy", "true");
  try {
    const { name, report: told } = await api.planFilm(id, settings);
    if (mine !== asked) return;
    report.replaceChildren(...lines(told));
    byId("render-name").textContent = name;
    button.disabled = false;
  } catch (fault) {
    if (mine !== asked || fault.status === 409) return;
    report.replaceChildren(element("li", { class: "warning", role: "alert" }, fault.message));
    button.disabled = true;
  } finally {
    if (mine === asked) report.removeAttribute("aria-busy");
  }
}

async function begin(id, order) {
  for (let copy = 2; ; copy++) {
    try {
      setFilm(await api.renderFilm(id, order));
      return say(t("render.begun"));
    } catch (fault) {
      if (fault.status !== 409 || !fault.answer.name) return complain(fault);
      const { choice } = order.name ? { choice: "both" } : await askAbout(fault.answer.name, false);
      if (choice === "cancel") return undefined;
      if (choice === "replace") order.overwrite = true;
      else order.name = numbered(fault.answer.name, copy);
    }
  }
}

// Beside the shots: how far the film is, and what can be done about it.
function render() {
  const film = filmOf(), box = byId("rendering"), made = film?.rendering;
  box.hidden = !made;
  if (!made) return;
  const going = made.state === "waiting" || made.state === "running";
  const { what, done = made.frames, total = made.total, left } = made.progress ?? {};
  const share = total ? done / total : 0;
  const words = going ? [t(made.state === "waiting" ? "render.waiting" : `render.${what ?? "scan"}`), percent(share),
    // Of what comes before colouring, the time says nothing of the whole.
    what === "colour" ? timeLeft(left) : ""]
    : [t(`render.${made.state}`, { name: made.name, share: percent(share) }), made.state === "failed" ? made.error : null,
      film.stale ? t("render.stale") : null];
  byId("rendering-text").textContent = words.filter(Boolean).join(" · ");
  const bar = byId("rendering-progress");
  bar.hidden = !going && made.state !== "stopped";
  bar.max = total || 1;
  bar.value = done;
  const buttons = going ? [["stop", "pause", () => api.stopFilm(film.id)]]
    : made.state === "done" ? [] : [["resume", "play", () => api.resumeFilm(film.id)], ["discard", "trash", () => api.discardFilm(film.id)]];
  const key = `${film.id} ${made.state} ${made.name}`;
  if (byId("rendering-actions").dataset.key === key) return;
  byId("rendering-actions").dataset.key = key;
  const focused = byId("rendering-actions").contains(document.activeElement);
  byId("rendering-actions").replaceChildren(
    ...buttons.map(([name, symbol, run]) => element("button", { id: `rendering-${name}`, onclick: () => act(run) }, ...labelled(symbol, t(`render.${name}`)))),
    ...(made.file ? [element("a", { class: "button", id: "rendering-file", href: made.file, download: made.name }, ...labelled("save", t("render.fetch")))] : []));
  if (focused) (byId("rendering-actions").firstElementChild ?? byId("film-play")).focus();
}

async function act(run) {
  try {
    setFilm(await run());
  } catch (fault) {
    complain(fault);
  }
}
