// Two films that play as one: the second follows the first, frame by frame.

// A second film that is off by less than this (seconds) is nudged by its speed, by more it jumps.
const NUDGED = 0.02, JUMPS = 0.3;

/** Keeps `follower` in step with `leader`; the function it returns ends that. */
export function inStep(leader, follower) {
  let ended = false;
  const on = (name, listener) => leader.addEventListener(name, listener);
  const jump = () => { follower.currentTime = leader.currentTime; };
  const listeners = {
    play: () => follower.play().catch(() => {}),
    pause: () => { follower.pause(); jump(); },
    seeking: jump,
    ended: () => follower.pause(),
    ratechange: () => { follower.playbackRate = leader.playbackRate; },
  };
  for (const [name, listener] of Object.entries(listeners)) on(name, listener);
  const follow = () => {
    if (ended) return;
    if (!leader.paused && !leader.seeking && !follower.seeking) {
      const late = leader.currentTime - follower.currentTime;
      if (Math.abs(late) > JUMPS) jump();
      else follower.playbackRate = leader.playbackRate * (Math.abs(late) > NUDGED ? 1 + Math.max(-0.2, Math.min(0.2, 2 * late)) : 1);
    }
    requestAnimationFrame(follow);
  };
  requestAnimationFrame(follow);
  return () => {
    ended = true;
    for (const [name, listener] of Object.entries(listeners)) leader.removeEventListener(name, listener);
  };
}
