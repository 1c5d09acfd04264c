// Follows what happens, for a page with an element [data-live]: its value is where the events come from, its text
// says how that goes. Every event is handed on as `satchel:event` on the document, with itself as the detail.

const SLOWEST = 30_000;
const TOLD_FOR = 10_000;
// Something comes every 15 seconds; a connection that died without a word says nothing.
const SILENCE = 40_000;

const state = document.querySelector("[data-live]");
const address = new URL(state.dataset.live, location.href);
let source = null;
let failures = 0;
let timer;
let silence;

function say(text, href, linkText) {
  state.textContent = text;
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = linkText;
    state.append(" ", link);
  }
}

function follow() {
  clearTimeout(timer);
  // Browsers open six connections to a server over HTTP/1.1, all tabs together: those that nobody sees have none.
  if (source || document.hidden) return;
  let wasOpen = false;
  source = new EventSource(address);
  listen();
  source.onopen = () => {
    wasOpen = true;
    if (failures > 0) say("Live again, and up to date.");
    failures = 0;
    timer = setTimeout(say, TOLD_FOR, "");
  };
  source.onmessage = ({ data, lastEventId }) => {
    listen(lastEventId);
    document.dispatchEvent(new CustomEvent("satchel:event", { detail: JSON.parse(data) }));
  };
  source.addEventListener("heartbeat", ({ lastEventId }) => listen(lastEventId));
  source.onerror = () => cut(wasOpen ? retry : findOutWhy);
}

function listen(place) {
  if (place) address.searchParams.set("after", place);
  clearTimeout(silence);
  silence = setTimeout(cut, SILENCE, retry);
}

function leave() {
  clearTimeout(timer);
  clearTimeout(silence);
  source?.close();
  source = null;
}

function cut(next) {
  leave();
  failures += 1;
  say("Not live: trying again…");
  next();
}

// Not all at the same moment: after a restart everyone comes back.
function retry() {
  timer = setTimeout(follow, Math.min(SLOWEST, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
}

// An EventSource does not tell what it was answered.
async function findOutWhy() {
  const asking = new AbortController();
  let status = 0;
  try {
    ({ status } = await fetch(address, { signal: asking.signal }));
    asking.abort();
  } catch {
    // The server is away, or this browser is offline.
  }
  if (status === 401) {
    const here = new URLSearchParams({ next: location.pathname + location.search });
    say("You were signed out.", `/auth/login?${here}`, "Sign in");
  } else if (status === 422) {
    say("This page is out of date.", location.href, "Load it again");
  } else {
    retry();
  }
}

addEventListener("pagehide", leave);
addEventListener("pageshow", follow);
addEventListener("offline", () => source && cut(retry));
addEventListener("online", follow);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
follow();
