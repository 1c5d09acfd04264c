// Dragging a card to another column: with a mouse or pen by any part of it, with a finger by its grip, since a
// finger anywhere else scrolls.

import { isMovable, move, say, titleOf } from "./board_cards.js";

const BEGINS_AT = 6;
const EDGE = 60;
let drag = null;

const columnAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest("[data-column]");

function mark(column) {
  document.querySelector(".column-target")?.classList.remove("column-target");
  column?.classList.add("column-target");
}

function begin(event) {
  const card = event.target.closest?.("#board .task-card");
  if (!card || drag || event.button !== 0 || event.target.closest("button")) return;
  if (event.pointerType === "touch" && !event.target.closest(".card-grip")) return;
  drag = { card, x: event.pageX, y: event.pageY, pointer: event.pointerId, isMoving: false };
}

function follow(event) {
  if (event.pointerId !== drag?.pointer) return;
  const across = event.pageX - drag.x;
  const down = event.pageY - drag.y;
  if (!drag.isMoving && Math.hypot(across, down) < BEGINS_AT) return;
  const begins = !drag.isMoving;
  drag.isMoving = true;
  if (!isMovable(drag.card)) return;
  if (begins) {
    drag.card.classList.add("dragging");
    getSelection().removeAllRanges();
  }
  drag.card.style.translate = `${across}px ${down}px`;
  mark(columnAt(event));
  if (event.clientY < EDGE) scrollBy(0, -EDGE / 4);
  else if (event.clientY > innerHeight - EDGE) scrollBy(0, EDGE / 4);
}

function end(event) {
  if (!drag || (event.pointerId !== undefined && event.pointerId !== drag.pointer)) return;
  const { card, isMoving } = drag;
  const isDropped = event.type === "pointerup";
  const column = isMoving && isDropped ? columnAt(event) : null;
  drag = null;
  if (!isMoving) return;
  const isElsewhere = column && column.dataset.column !== card.dataset.status;
  if (!isMovable(card)) {
    // What stands on it can be marked; only who drops it elsewhere meant to move it.
    if (isElsewhere) move(card, column.dataset.column);
    return;
  }
  // A link under the pointer is not meant; the click comes right behind.
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }));
  mark(null);
  card.classList.remove("dragging");
  card.style.translate = "";
  if (isElsewhere) move(card, column.dataset.column);
  else if (isDropped && !column) say(`“${titleOf(card)}” was not moved: drop it on a column.`);
}

const stop = (event) => {
  event.preventDefault();
  event.stopPropagation();
};

addEventListener("pointerdown", begin);
addEventListener("pointermove", follow);
addEventListener("pointerup", end);
addEventListener("pointercancel", end);
addEventListener("keydown", (event) => event.key === "Escape" && end(event));
// The browser's own dragging of links and selected text.
addEventListener("dragstart", (event) => event.target.closest?.("#board .task-card") && event.preventDefault());
