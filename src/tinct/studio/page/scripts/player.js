// The film, or a shot of it, before and after: two films that play as one, with a divider and a key to hold.

import * as api from "./api.js";
import { complain, say } from "./announce.js";
import { byId, clamp, element, icon } from "./dom.js";
import { inStep } from "./in-step.js";
import * as screen from "./screen.js";
import { filmOf, on } from "./store.js";
import { percent, t } from "./strings.js";
import { clock, timeLeft } from "./times.js";

// Keys move by so many seconds.
const FAR = 5;
// What is open: {id, key, shot, from, end}; key: under which the server tells of it; from: seconds at which it begins.
let opened = null;

export function start() {
  byId("film-play").addEventListener("click", () => play());
  const dialog = byId("player");
  dialog.addEventListener("close", close);
  // Of the whole window: what had the focus may have been hidden.
  addEventListener("keydown", (event) => { if (dialog.open) onKey(event); });
  addEventListener("keyup", (event) => { if (event.key.toLowerCase() === "c") screen.hold(false); });
  on("film", take);
  startControls();
  screen.start();
}

/** Plays the film that is shown, or a shot of it, as soon as it can be. */
export async function play(shot = null) {
  const film = filmOf();
  if (film?.state !== "ready") return;
  if (!shot && byId("film-play").hidden) return void say(t("player.none"));
  opened = { id: film.id, key: shot ? String(shot.number) : "film", shot, from: 0, end: null, copied: false };
  if (shot) showTitle(shot.start, shot.end);
  else byId("player-title").textContent = t(film.rendering?.state === "stopped" ? "player.partial" : "player.film");
  showVideos(false);
  screen.reset();
  byId("player-text").textContent = t("player.wait");
  if (!byId("player").open) byId("player").showModal();
  await ask();
}

function showTitle(start, end) {
  byId("player-title").textContent = t("player.shot", { start: clock(start, 1), end: clock(end, 1) });
}

async function ask() {
  const mine = opened;
  try {
    const playing = await api.playFilm(mine.id, mine.shot ? { shot: mine.shot.number } : { copied: mine.copied });
    if (opened === mine) follow(playing);
  } catch (fault) {
    if (opened !== mine) return;
    byId("player").close();
    complain(fault);
  }
}

function take(film) {
  if (opened?.id === film.id && !opened.end && film.playing[opened.key]) follow(film.playing[opened.key]);
}

// The server makes what can be played, or has it.
function follow({ state: how, progress, error, before, after, start }) {
  if (how === "failed") {
    byId("player").close();
    if (error) complain(error);
  } else if (how === "ready") {
    opened.from = start ?? opened.shot?.start ?? 0;
    load(before, after);
  } else {
    const done = progress ? progress.done / (progress.total || 1) : 0;
    byId("player-text").textContent = [t(`player.${progress?.what ?? "wait"}`), progress ? percent(done) : "", progress?.what === "colour" ? timeLeft(progress.left) : ""].filter(Boolean).join(" · ");
    byId("player-progress").value = done;
  }
}

function load(before, after) {
  if (opened.end) return;
  const [first, second] = videos();
  opened.end = inStep(second, first);
  first.src = before;
  second.src = after;
  for (const each of [first, second]) each.load();
  showVideos(true);
  screen.draw();
  second.play().catch(() => {});
  byId("player-toggle").focus();
  say(t("player.ready"));
}

const videos = () => [byId("video-before"), byId("video-after")];

function showVideos(shown) {
  byId("player-wait").hidden = shown;
  byId("screen").hidden = byId("player-controls").hidden = !shown;
  byId("player-progress").value = 0;
  if (!shown) release();
}

function release() {
  opened?.end?.();
  for (const each of videos()) {
    each.pause();
    each.removeAttribute("src");
    each.load();
  }
}

function close() {
  if (opened && !opened.end) api.stopPlaying(opened.id).catch(() => {});
  release();
  opened = null;
  screen.hold(false);
}

// What a browser cannot play after all is made into what it can, once.
function failed(video) {
  if (!opened || !video.hasAttribute("src")) return;
  if (opened.copied || opened.shot) {
    byId("player").close();
    return void complain(t("player.cannot"));
  }
  release();
  Object.assign(opened, { end: null, copied: true });
  showVideos(false);
  ask();
}

function startControls() {
  const [before, after] = videos();
  const seek = byId("player-seek");
  for (const each of [before, after]) each.addEventListener("error", () => failed(each));
  after.addEventListener("loadedmetadata", () => {
    seek.max = after.duration;
    screen.fit(after);
    if (opened?.shot) showTitle(opened.from, opened.from + after.duration);
  });
  after.addEventListener("timeupdate", showTime);
  after.addEventListener("seeking", showTime);
  for (const name of ["play", "pause"]) after.addEventListener(name, showState);
  seek.addEventListener("input", () => { after.currentTime = Number(seek.value); });
  byId("player-toggle").addEventListener("click", toggle);
  byId("player-mute").addEventListener("click", mute);
  byId("player-close").addEventListener("click", () => byId("player").close());
  byId("screen").addEventListener("click", (event) => { if (event.target.matches("video")) toggle(); });
}

function toggle() {
  const [, after] = videos();
  if (after.paused) after.play().catch(() => {});
  else after.pause();
}

function mute() {
  const [, after] = videos();
  after.muted = !after.muted;
  showState();
}

function showState() {
  const [, after] = videos();
  const label = t(after.paused ? "player.play" : "player.pause");
  byId("player-toggle").replaceChildren(icon(after.paused ? "play" : "pause"));
  byId("player-toggle").setAttribute("aria-label", label);
  byId("player-mute").setAttribute("aria-pressed", after.muted);
}

function showTime() {
  const [, after] = videos();
  const from = opened?.from ?? 0;
  byId("player-seek").value = after.currentTime;
  const text = `${clock(from + after.currentTime, 1)} / ${clock(from + (after.duration || 0), 1)}`;
  byId("player-time").textContent = text;
  byId("player-seek").setAttribute("aria-valuetext", text);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !opened?.end) return;
  const [, after] = videos(), step = 1 / (filmOf(opened.id)?.facts.rate || 25);
  const by = { ArrowLeft: -FAR, ArrowRight: FAR, ";": -step, "'": step }[event.key];
  const key = event.key.toLowerCase();
  if (by && !event.target.matches("input")) {
    if (Math.abs(by) < FAR) after.pause();
    after.currentTime = clamp(after.currentTime + by, 0, after.duration || 0);
  } else if (key === " " && !event.target.matches("button")) toggle();
  else if (key === "b") screen.toggleDivider();
  else if (key === "m") mute();
  else if (key === "c") screen.hold(true);
  else return;
  event.preventDefault();
}

