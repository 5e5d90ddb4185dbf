// The server's answers: one function per request of /api/v1; errors in the page's language, or with the server's sentence.

import { t } from "./strings.js";

const BASE = "/api/v1";
const CODES = { 401: "no-key", 404: "gone", 413: "too-large", 415: "not-read", 429: "busy", 507: "disk" };

/** What the server refused; `status` 0 if it could not be reached. */
export class ApiError extends Error {
  constructor(status, message, answer = {}) {
    super(message);
    this.status = status;
    this.answer = answer;
  }
}

async function ask(method, path, body, { headers = {}, signal } = {}) {
  const plain = body === undefined || body instanceof Blob;
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      body: plain ? body : JSON.stringify(body),
      headers: plain ? headers : { "Content-Type": "application/json", ...headers },
      signal,
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new ApiError(0, String(fault.message));
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new ApiError(response.status, sentenceOf(response.status, answer) || response.statusText, answer);
}

// Common errors are told in the page's language, the others, and what is particular about one, in the server's.
function sentenceOf(status, { code = CODES[status], error = "" }) {
  const key = `error.${code}`;
  const text = t(key, { error });
  return text === key ? error : text;
}

async function json(...request) {
  const response = await ask(...request);
  return response.status === 204 ? null : response.json();
}

const pathOf = (id) => `/photos/${encodeURIComponent(id)}`;
const place = (at) => `x=${at[0].toFixed(5)}&y=${at[1].toFixed(5)}`;
const upload = (file) => ({
  headers: { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name || "photo") },
});

export const health = () => json("GET", "/health");
export const roots = () => json("GET", "/roots");
export const entries = (root, path) =>
  json("GET", `/roots/${encodeURIComponent(root)}/entries?path=${encodeURIComponent(path)}`);
export const colors = () => json("GET", "/colors");
export const parseColor = (color) => json("POST", "/colors/parse", { color });

export const photos = () => json("GET", "/photos");
export const photo = (id) => json("GET", pathOf(id));
export const addPhoto = (file) => json("POST", "/photos", file, upload(file));
export const openPhoto = (root, path) => json("POST", "/photos/open", { root, path });
export const removePhoto = (id) => json("DELETE", pathOf(id));
export const changePhoto = (id, changes) => json("PATCH", pathOf(id), changes);
export const undo = (id) => json("POST", `${pathOf(id)}/undo`);
export const redo = (id) => json("POST", `${pathOf(id)}/redo`);
export const pauseQueue = (paused) => json("POST", "/queue", { paused });
export const applyTo = (id, to, hints) => json("POST", `${pathOf(id)}/apply`, { to, hints });

export const placeOf = (id, at) => json("GET", `${pathOf(id)}/place?${place(at)}`);
export const suggestions = (id, at, signal) =>
  json("GET", `${pathOf(id)}/suggestions?${place(at)}&n=9`, undefined, { signal });
export const variants = (id, count) => json("POST", `${pathOf(id)}/variants`, { count });

export const addReference = (id, file) => json("POST", `${pathOf(id)}/references`, file, upload(file));
export const removeReference = (id, reference) => json("DELETE", `${pathOf(id)}/references/${reference}`);
export const referencePreview = (id, reference) => `${BASE}${pathOf(id)}/references/${reference}/preview`;
export const referencePlace = (id, reference, at) =>
  json("GET", `${pathOf(id)}/references/${reference}/place?${place(at)}`);

/** Address of a small picture of a photo. kind: result, before or uncertainty. */
export function previewUrl(photo, kind, shortSide) {
  return `${BASE}${pathOf(photo.id)}/preview?revision=${photo.revision}&short_side=${shortSide}&kind=${kind}`;
}

/** A first look at a photo as a Blob, at once but not yet refined; null if a newer revision has been asked for meanwhile. */
export async function firstLook(photo, kind, shortSide) {
  try {
    return await (await ask("GET", `${previewUrl(photo, kind, shortSide).slice(BASE.length)}&refine=false`)).blob();
  } catch (fault) {
    if (fault.status === 409) return null;
    throw fault;
  }
}

export function tileUrl(photo, kind, level, column, row) {
  return `${BASE}${pathOf(photo.id)}/tiles/${kind}/${photo.revision}/${level}/${column}_${row}`;
}

export const resultName = (id, kind, format) => json("GET", `${pathOf(id)}/result-name?kind=${kind}${format ? `&format=${format}` : ""}`);
export const startExport = (order) => json("POST", "/exports", order);
export const stopExport = (id) => json("DELETE", `/exports/${id}`);
export const exportFile = (id) => `${BASE}/exports/${id}/file`;

const filmPath = (id) => `/films/${encodeURIComponent(id)}`;

export const films = () => json("GET", "/films");
export const film = (id) => json("GET", filmPath(id));
/** Uploads a film, which may take a while: `progress(share)` is told how far it is. */
export function addFilm(file, progress = () => {}) {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open("POST", `${BASE}/films`);
    for (const [name, value] of Object.entries(upload(file).headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(new ApiError(request.status, request.response?.error ?? request.statusText, request.response ?? {}));
    });
    request.addEventListener("error", () => reject(new ApiError(0, "network")));
    request.send(file);
  });
}

export const openFilm = (root, path) => json("POST", "/films/open", { root, path });
export const removeFilm = (id) => json("DELETE", filmPath(id));
/** The photo of a shot's key frame; time: another frame, in seconds of the film, becomes it. */
export const openShot = (id, shot, time) => json("POST", `${filmPath(id)}/shots/${shot}/open`, time === undefined ? {} : { time });
export const changeShot = (id, shot, changes) => json("PATCH", `${filmPath(id)}/shots/${shot}`, changes);
export const planFilm = (id, settings) => json("POST", `${filmPath(id)}/plan`, settings);
export const renderFilm = (id, order) => json("POST", `${filmPath(id)}/rendering`, order);
export const stopFilm = (id) => json("POST", `${filmPath(id)}/rendering/stop`);
export const resumeFilm = (id) => json("POST", `${filmPath(id)}/rendering/resume`);
export const discardFilm = (id) => json("DELETE", `${filmPath(id)}/rendering`);
export const playFilm = (id, order) => json("POST", `${filmPath(id)}/play`, order);
export const stopPlaying = (id) => json("DELETE", `${filmPath(id)}/play`);
export const projectFile = (id) => `${BASE}${filmPath(id)}/project`;
export const saveProject = (id, root, overwrite) => json("POST", `${filmPath(id)}/project`, { root, overwrite });

/** The server's events, as `listener(name, data)`; `lost(true | false)` when the connection breaks and returns. */
export function listen(listener, lost) {
  const source = new EventSource(`${BASE}/events`);
  for (const name of ["photo", "export", "queue", "film", "shot"])
    source.addEventListener(name, (event) => listener(name, JSON.parse(event.data)));
  source.addEventListener("open", () => lost(false));
  source.addEventListener("error", () => lost(true));
  return source;
}
