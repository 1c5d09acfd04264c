// The task board: buttons and keys move cards without loading the page, and what others do is shown at once.

import { cardIn, cardOf, columns, hush, move, place, reveal, say, takeAway } from "./board_cards.js";
import "./board_add.js";
import "./board_drag.js";

const GATHERED_FOR = 100;
const MANY = 20;
const waiting = new Set();
let timer;

document.documentElement.classList.add("scripted");
document.querySelector("#board-help").textContent = "Press Alt and the left or right arrow key to move this task.";

document.addEventListener("htmx:beforeRequest", hush);

document.addEventListener("htmx:afterSwap", () => {
  const numbers = [...document.querySelectorAll(".column [data-count]")].map((count) => Number(count.textContent));
  document.querySelector("#board-found").textContent = `Tasks found: ${numbers.reduce((sum, number) => sum + number)}`;
});

document.addEventListener("submit", (event) => {
  const card = event.target.closest("#board .task-card");
  if (!card) return;
  event.preventDefault();
  move(card, event.submitter.value);
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const card = event.target.closest?.("#board .task-card");
  if (!step || !card || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // It would be the browser's way back.
  event.preventDefault();
  const statuses = columns().map((column) => column.dataset.column);
  const status = statuses[statuses.indexOf(card.dataset.status) + step];
  if (status) move(card, status);
  else say(step < 0 ? "This is the first column." : "This is the last column.");
});

document.addEventListener("satchel:event", ({ detail: { type, subject, data } }) => {
  if (subject.type !== "task") return;
  const card = cardOf(subject.id);
  if (type === "task.deleted") {
    waiting.delete(subject.id);
    if (card) takeAway(card);
  } else if (!card || !(Number(card.dataset.version) >= data.version)) {
    waiting.add(subject.id);
    clearTimeout(timer);
    timer = setTimeout(catchUp, GATHERED_FOR);
  }
});

async function catchUp() {
  if (document.querySelector(".dragging, [aria-busy='true']")) {
    timer = setTimeout(catchUp, GATHERED_FOR);
    return;
  }
  const ids = [...waiting];
  waiting.clear();
  if (ids.length > MANY) document.querySelector(".filters").requestSubmit();
  else await Promise.all(ids.map(fetchCard));
}

async function fetchCard(id) {
  const answer = await fetch(`/tasks/${id}/card${location.search}`).catch(() => null);
  const card = answer?.status === 200 ? cardIn(await answer.text()) : null;
  if (card) {
    place(card);
    reveal(card, { isFollowed: false });
  } else if (answer?.status === 204 || answer?.status === 404) {
    const old = cardOf(id);
    if (old) takeAway(old);
  }
}
