// Names of colours: CSS's and those of historic dyes, pigments and cloths, asked for once.

import * as api from "./api.js";

const MOST = 6;
let all = null;

/** A name as names are compared: in lower case, without spaces, hyphens and underscores. */
const joined = (name) => name.toLowerCase().replace(/[\s_-]+/g, "");

/** At most six colours whose name holds the text; those that begin with it come first. */
export async function matching(text) {
  const wanted = joined(text);
  if (wanted.length < 2 || wanted.startsWith("#")) return [];
  all ??= await api.colors();
  const found = all.filter((each) => joined(each.name).includes(wanted));
  const rank = (each) => (joined(each.name).startsWith(wanted) ? 0 : 1);
  return found.sort((one, other) => rank(one) - rank(other)).slice(0, MOST);
}
