// The eyedropper: the next click on the photo, or on a reference, gives its colour to whoever asked.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId } from "./dom.js";
import { emit, state } from "./store.js";
import { t } from "./strings.js";

let asked = null;

export const active = () => asked !== null;

/** Waits for a click on the photo; then calls `receiver({hex, a, b})`. */
export function ask(receiver) {
  asked = receiver;
  byId("stage").classList.add("picking");
  byId("stage").focus();
  say(t("pipette.help"));
  emit("tool");
}

export function cancel() {
  if (!asked) return;
  asked = null;
  byId("stage").classList.remove("picking");
  emit("tool");
}

/** Takes the colour of a place of the photo; false if nobody asked for one. */
export function take(at) {
  if (!asked) return false;
  const receiver = asked;
  cancel();
  api.placeOf(state.current, at).then(({ now, a, b }) => receiver({ hex: now, a, b }), complain);
  return true;
}

/** Takes the colour of a place of a reference. */
export async function takeFromReference(reference, at) {
  const receiver = asked;
  if (!receiver) return;
  cancel();
  await api.referencePlace(state.current, reference, at).then(receiver, complain);
}
