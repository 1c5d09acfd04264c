// Keeps the dashboard as things are: after what live.js tells, the parts that changed are put in their places.

import { localise } from "./times.js";

const GATHER = 100;
const PAUSE = 1_000;

const dashboard = document.querySelector("[data-parts]");
let timer;
let earliest = 0;
let renewing = Promise.resolve();

document.addEventListener("satchel:event", renewSoon);

function renewSoon() {
  timer ??= setTimeout(() => {
    timer = undefined;
    earliest = performance.now() + PAUSE;
    renewing = renewing.then(renew).catch(() => {}); // The next event tries again, and live.js tells of trouble.
  }, Math.max(GATHER, earliest - performance.now()));
}

async function renew() {
  const answer = await fetch(dashboard.dataset.parts);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  localise(fresh);
  for (const part of dashboard.querySelectorAll("[data-part]")) put(fresh.getElementById(part.id), part);
}

function put(fresh, part) {
  if (!fresh || fresh.isEqualNode(part)) return;
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (!focused) {
    part.replaceWith(fresh);
  } else if (focused.id && fresh.querySelector(`#${CSS.escape(focused.id)}`)) {
    part.replaceWith(fresh);
    document.getElementById(focused.id).focus({ preventScroll: true });
  } else {
    // What is gone by now has the focus: the part waits until that has moved on.
    part.addEventListener("focusout", renewSoon, { once: true });
  }
}
