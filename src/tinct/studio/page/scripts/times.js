// Seconds as people write them.

import { number, t } from "./strings.js";

const two = (value) => String(value).padStart(2, "0");

/** 1:02:03 or 2:03; digits: of fractions of a second. */
export function clock(seconds, digits = 0) {
  const unit = 10 ** digits;
  const whole = Math.round(seconds * unit);
  const [rest, minutes] = [whole % (60 * unit), Math.floor(whole / (60 * unit))];
  const tail = two(Math.floor(rest / unit)) + (digits ? `.${String(rest % unit).padStart(digits, "0")}` : "");
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${tail}`;
}

/** How long something will still take, in words, in steps of five seconds. */
export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const count = Math.max(5, 5 * Math.round(seconds / 5));
  if (count < 60) return t("left.seconds", { count });
  if (seconds < 3600) return t("left.minutes", { count: Math.round(seconds / 60) });
  return t("left.hours", { hours: number(seconds / 3600, 1) });
}
