// Names of colours: CSS's and those of historic dyes, pigments and cloths, asked for once.

import * as api from "./api.js";

const MOST = 6;
let all = null;

/** At most six colours whose name holds the text; those that begin with it come first. */
export async function matching(text) {
  const wanted = text.trim().toLowerCase();
  if (wanted.length < 2 || wanted.startsWith("#")) return [];
  all ??= await api.colors();
  const found = all.filter((each) => each.name.toLowerCase().includes(wanted));
  const rank = (each) => (each.name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, MOST);
}
