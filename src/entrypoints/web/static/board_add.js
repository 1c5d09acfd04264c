// Adding tasks by their titles alone, one after the other: the field is empty at once and keeps the focus.

import { cardIn, hush, place, reveal, say } from "./board_cards.js";

let adding = Promise.resolve();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".quick-add")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const field = form.elements.title;
  field.value = "";
  field.focus();
  hush();
  blame("");
  // In the order in which they were typed.
  adding = adding.then(() => add(form.action, body));
});

async function add(address, body) {
  const title = body.get("title").trim();
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true" } });
    const text = await answer.text();
    if (answer.status === 200) {
      const card = cardIn(text);
      place(card);
      // Who writes the next one already is not pulled away from it.
      reveal(card, { isFollowed: !document.querySelector("#title").value });
      say(`“${title}” is on the board.`);
    } else if (answer.status === 204) {
      say(`“${title}” is on the board. These filters leave it out.`);
    } else if (answer.status === 422) {
      giveBack(title, new DOMParser().parseFromString(text, "text/html").querySelector(".fault").textContent);
    } else if (answer.status === 401 || answer.status === 403) {
      giveBack(title, "Not added: you were signed out. Load the page again to sign in.");
    } else {
      giveBack(title, "Not added. Try again.");
    }
  } catch {
    giveBack(title, "Not added: the server did not answer. Try again.");
  }
}

function giveBack(title, why) {
  const field = document.querySelector("#title");
  // Who went on to the next one keeps what they have of it.
  if (field.value) say(`“${title}”: ${why}`);
  else field.value = title;
  blame(why);
}

function blame(why) {
  const field = document.querySelector("#title");
  field.ariaInvalid = why ? "true" : null;
  document.querySelector("#title-fault").textContent = why;
}
