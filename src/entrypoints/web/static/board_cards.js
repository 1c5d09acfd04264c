// The cards of the board: put where they belong, and moved by sending the form that they carry.

const news = document.querySelector("#board-news");
const TOLD_FOR = 10_000;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
let silence;
let counting;

export function say(text) {
  clearTimeout(silence);
  // What is said twice in a row would be heard once.
  news.textContent = news.textContent === text ? `${text}\u00a0` : text;
  silence = setTimeout(hush, TOLD_FOR);
}

export function hush() {
  clearTimeout(silence);
  news.textContent = "";
}

export const columns = () => [...document.querySelectorAll("[data-column]")];
export const cardOf = (id) => document.getElementById(`task-${id}`);
export const isMovable = (card) => "movable" in card.dataset;
export const titleOf = (card) => card.querySelector("h3").textContent.trim();
const nameOf = (status) => document.querySelector(`#column-${status}`).firstChild.textContent.trim();
const rankOf = (card) => card.dataset.rank.split(" ").map(Number);

export function cardIn(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(".task-card");
}

// Leaves the focus where it was: with a card that had it, on the card that took its place.
export function place(card) {
  const old = document.getElementById(card.id);
  if (old && Number(old.dataset.version) > Number(card.dataset.version)) return;
  const hadFocus = old?.contains(document.activeElement);
  const list = document.querySelector(`[data-column="${card.dataset.status}"] .column-cards`);
  const [rank, id] = rankOf(card);
  const next = [...list.children].find((other) => {
    const [otherRank, otherId] = rankOf(other);
    return other !== old && (otherRank > rank || (otherRank === rank && otherId > id));
  });
  old?.remove();
  list.insertBefore(card, next ?? null);
  if (hadFocus) card.querySelector("a").focus();
  count();
}

// Marks a card as new, and brings it into sight unless something else is looked at.
export function reveal(card, { isFollowed }) {
  card.classList.add("task-card-news");
  if (isFollowed) card.scrollIntoView({ block: "nearest", behavior: stillness.matches ? "instant" : "smooth" });
}

export function takeAway(card) {
  const near = card.nextElementSibling ?? card.previousElementSibling;
  const rest = near?.querySelector("a") ?? document.querySelector("main");
  const hadFocus = card.contains(document.activeElement);
  card.remove();
  if (hadFocus) rest.focus();
  count();
}

function count() {
  clearTimeout(counting);
  counting = setTimeout(async () => {
    const answer = await fetch(`/tasks/counts${location.search}`).catch(() => null);
    if (!answer?.ok) return;
    for (const [status, number] of Object.entries(await answer.json())) {
      for (const shown of document.querySelectorAll(`[data-count="${status}"]`)) shown.textContent = number;
    }
  }, 200);
}

export async function move(card, status) {
  if (card.ariaBusy === "true") return;
  if (!isMovable(card)) {
    say("Only its creator, its assignee, managers and admins may move this task.");
    return;
  }
  const form = card.querySelector(".moves");
  const body = new URLSearchParams(new FormData(form));
  body.set("status", status);
  card.ariaBusy = "true";
  try {
    const answer = await fetch(form.action + location.search, { method: "POST", body, headers: { "HX-Request": "true" } });
    await show(card, status, answer);
  } catch {
    say(`“${titleOf(card)}” was not moved: the server did not answer. Try again.`);
  } finally {
    card.ariaBusy = null;
  }
}

async function show(card, status, answer) {
  const title = titleOf(card);
  const sent = answer.status === 200 || answer.status === 412 ? cardIn(await answer.text()) : null;
  if (sent) {
    place(sent);
    const where = nameOf(sent.dataset.status);
    if (answer.ok) say(`“${title}” moved to “${where}”.`);
    else say(`Someone changed “${title}” meanwhile, so it was not moved. It is in “${where}” now.`);
  } else if (answer.status === 204) {
    takeAway(card);
    say(`“${title}” moved to “${nameOf(status)}”. These filters leave it out.`);
  } else if (answer.status === 404) {
    takeAway(card);
    say(`“${title}” was deleted meanwhile.`);
  } else if ((answer.status === 401 || answer.status === 403) && (await isSignedOut())) {
    say(`“${title}” was not moved: you were signed out. Load the page again to sign in.`);
  } else {
    say(`“${title}” was not moved. ${answer.status === 403 ? "Load the page again: it may no longer be yours to move." : "Try again."}`);
  }
}

// A form of someone who has signed out since is refused like one that was never theirs.
async function isSignedOut() {
  const answer = await fetch("/tasks/counts", { headers: { "HX-Request": "true" } });
  return answer.status === 401;
}
