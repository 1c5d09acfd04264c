// Follows what happens, for a page with an element [data-live]: its value is where the events come from, its text
// says how that goes. Every event is handed on as `satchel:event` on the document, with itself as the detail.
//
// Browsers open six connections to a server over HTTP/1.1, all windows together. So the windows that are seen share
// one stream: one of them leads, holds it and tells the others, until it is left and the next in the queue leads.

const SLOWEST = 30_000;
const TOLD_FOR = 10_000;
// Something comes every 15 seconds; a connection that died without a word says nothing.
const SILENCE = 40_000;
const NAME = "satchel:live";
// Browsers know locks only where the connection is safe; without them each window is on its own.
const CAN_SHARE = "locks" in navigator && "BroadcastChannel" in window;

const state = document.querySelector("[data-live]");
const address = new URL(state.dataset.live, location.href);
// What this window has seen, and where the stream is: further back while another window catches up.
let place = Number(address.searchParams.get("after"));
let from = place;
let source = null;
let channel = null;
let queue = null;
let release = null;
let isIn = false;
let isLeading = false;
let isInStep = false;
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

function enter() {
  if (isIn || document.hidden) return;
  isIn = true;
  if (!CAN_SHARE) {
    lead();
    return;
  }
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => hear(data);
  queue = new AbortController();
  navigator.locks.request(NAME, { signal: queue.signal }, hold).catch(() => {});
  tell({ join: place });
  awaitSign();
}

// The lock is held for as long as the promise is open.
function hold() {
  return new Promise((resolve) => {
    release = resolve;
    lead();
  });
}

function lead() {
  isLeading = true;
  from = place;
  connect();
}

function leave() {
  clearTimeout(timer);
  clearTimeout(silence);
  close();
  channel?.close();
  queue?.abort();
  release?.();
  channel = queue = release = null;
  isIn = isLeading = isInStep = false;
}

function close() {
  source?.close();
  source = null;
}

function connect() {
  if (source || !isLeading) return;
  clearTimeout(timer);
  let wasOpen = false;
  address.searchParams.set("after", from);
  source = new EventSource(address);
  awaitSign();
  source.onopen = () => {
    wasOpen = true;
    tell({ open: from });
    opened();
  };
  source.onmessage = ({ data, lastEventId }) => pass({ id: Number(lastEventId), data });
  source.addEventListener("heartbeat", ({ lastEventId }) => pass({ id: Number(lastEventId) }));
  source.onerror = () => cut(wasOpen ? retry : findOutWhy);
}

function pass(news) {
  if (news.id) from = news.id;
  tell(news);
  take(news);
}

function take({ id, data }) {
  awaitSign();
  if (id <= place) return;
  place = id;
  if (data) document.dispatchEvent(new CustomEvent("satchel:event", { detail: JSON.parse(data) }));
}

function tell(news) {
  channel?.postMessage(news);
}

function hear(news) {
  if (isLeading) {
    if ("join" in news) letIn(news.join);
  } else if ("open" in news) {
    // Of a stream that is further than this window nothing counts before it has been taken back.
    isInStep = place >= news.open;
    if (isInStep) opened();
    else tell({ join: place });
  } else if ("cut" in news) {
    lost();
    awaitSign();
  } else if (isInStep && "id" in news) {
    take(news);
  }
}

function letIn(joining) {
  if (joining < from) {
    from = joining;
    if (source) {
      close();
      connect();
    }
  } else if (source?.readyState === EventSource.OPEN) {
    tell({ open: from });
  }
}

function opened() {
  clearTimeout(timer);
  awaitSign();
  if (failures > 0) say("Live again, and up to date.");
  failures = 0;
  timer = setTimeout(say, TOLD_FOR, "");
}

function awaitSign() {
  clearTimeout(silence);
  silence = setTimeout(() => (isLeading ? cut(retry) : goAlone()), SILENCE);
}

// Who leads may be frozen, and then neither tells anything nor lets go.
function goAlone() {
  leave();
  isIn = true;
  lead();
}

function cut(next) {
  clearTimeout(silence);
  close();
  tell({ cut: true });
  lost();
  next();
}

function lost() {
  clearTimeout(timer);
  failures += 1;
  say("Not live: trying again…");
}

// Not all at the same moment: after a restart everyone comes back.
function retry() {
  timer = setTimeout(connect, Math.min(SLOWEST, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
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
    leave();
    const here = new URLSearchParams({ next: location.pathname + location.search });
    say("You were signed out.", `/auth/login?${here}`, "Sign in");
  } else if (status === 422) {
    leave();
    say("This page is out of date.", location.href, "Load it again");
  } else {
    retry();
  }
}

addEventListener("pagehide", leave);
addEventListener("pageshow", enter);
addEventListener("offline", () => source && cut(retry));
addEventListener("online", () => (isIn ? connect() : enter()));
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : enter()));
enter();
