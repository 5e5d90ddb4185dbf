// The panel at the side: vividness, temperature, other colourings, and the same settings for the other photos.

import * as api from "./api.js";
import { complain, notify, say } from "./announce.js";
import { byId, element } from "./dom.js";
import { change, gesture } from "./edits.js";
import { photoOf, on, setPhoto, state } from "./store.js";
import { number, percent, t } from "./strings.js";

const VARIANTS = 6;
let tuned = 0.6;

/** tunedTemperature: the model's own, which the slider's middle stands for. */
export function start(tunedTemperature) {
  tuned = tunedTemperature ?? tuned;
  live("vividness", (value) => ({ vividness: value }));
  live("temperature", (value) => ({ temperature: value === 0 ? null : temperatureOf(value) }));
  byId("reset").addEventListener("click", () => change({ options: { vividness: 1, temperature: null } }));
  byId("more-variants").addEventListener("click", showVariants);
  byId("apply-all").addEventListener("click", applyToAll);
  byId("adjust-toggle").addEventListener("click", toggle);
  byId("adjust-close").addEventListener("click", toggle);
  if (matchMedia("(max-width: 760px)").matches) toggle();
  on("current", clear);
  on("photo", render);
  on("photos", renderApply);
}

export function toggle() {
  const open = !document.body.classList.toggle("no-adjust");
  byId("adjust-toggle").setAttribute("aria-expanded", open);
  if (!open && byId("adjust").contains(document.activeElement)) byId("adjust-toggle").focus();
}

// Two octaves to each side: a step of the slider is a tenth of an octave.
const temperatureOf = (value) => Number((tuned * 2 ** (value / 5)).toFixed(3));
const sliderOf = (temperature) => (temperature ? Math.round(10 * Math.log2(temperature / tuned)) / 2 : 0);

function live(id, options) {
  const input = byId(id);
  let during = null;
  input.addEventListener("input", () => {
    during ??= gesture();
    change({ options: options(Number(input.value)) }, during);
  });
  input.addEventListener("change", () => { during = null; });
}

function render(photo) {
  if (!photo) return;
  const { vividness = 1, temperature = null } = photo.options ?? {};
  byId("vividness").value = vividness;
  byId("vividness-value").textContent = percent(vividness);
  if (sliderOf(temperature) !== Number(byId("temperature").value)) byId("temperature").value = sliderOf(temperature);
  byId("temperature-value").textContent = number(temperature ?? tuned, 2);
  byId("temperature").disabled = byId("more-variants").disabled = photo.has_suggestions === false;
  byId("reset").hidden = vividness === 1 && temperature === null;
  for (const each of byId("variants").children)
    each.setAttribute("aria-pressed", Number(each.dataset.number) === (photo.variant?.number ?? 1));
}

function clear(photo) {
  byId("variants").replaceChildren();
  byId("more-variants").hidden = false;
  render(photo);
}

async function showVariants() {
  const { id } = photoOf();
  const button = byId("more-variants");
  button.disabled = true;
  say(t("variants.coming"));
  try {
    const found = await api.variants(id, VARIANTS);
    if (id !== state.current) return;
    byId("variants").replaceChildren(...found.map(variantButton));
    button.hidden = true;
    byId("variants").firstElementChild?.focus();
    say(t("variants.ready", { count: found.length }));
    render(photoOf());
  } catch (fault) {
    complain(fault);
  } finally {
    button.disabled = false;
  }
}

function variantButton({ number: which, of, preview }) {
  const label = which === 1 ? t("variants.automatic") : t("variants.number", { number: which, of });
  return element("button", { class: "thumb", "aria-pressed": "false", "aria-label": label, title: label, "data-number": which,
    onclick: () => { change({ variant: which === 1 ? null : { number: which, of } }); say(label); } },
  element("img", { src: preview, alt: "", draggable: "false" }));
}

function renderApply() {
  const others = state.photos.length - 1;
  byId("apply").hidden = others < 1;
  byId("apply-all").textContent = t("apply.all", { count: others });
}

async function applyToAll() {
  const to = state.photos.map((each) => each.id).filter((id) => id !== state.current);
  try {
    const changed = await api.applyTo(state.current, to, byId("apply-hints").checked);
    changed.forEach(setPhoto);
    notify(t("apply.done", { count: changed.length }));
  } catch (fault) {
    complain(fault);
  }
}
