// A field above each long list of checkboxes, marked by data-choices with what they are called: it hides what does
// not hold its words. What is ticked stays in sight; where nothing fits, data-none says so.

const MANY = 12;

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function searchable(list) {
  const choices = [...list.querySelectorAll(".choice")];
  if (choices.length <= MANY) return;
  const names = choices.map((choice) => folded(choice.textContent));
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  field.ariaLabel = field.placeholder = `Find ${list.dataset.choices}`;
  field.className = "choices-field";
  const count = document.createElement("p");
  count.className = "quiet choices-count";
  count.role = "status";
  list.before(field, count);

  function narrow() {
    const words = folded(field.value).split(/\s+/).filter(Boolean);
    const fits = names.map((name) => words.every((word) => name.includes(word)));
    choices.forEach((choice, index) => { choice.hidden = !fits[index] && !choice.firstElementChild.checked; });
    list.hidden = choices.every((choice) => choice.hidden);
    const found = fits.filter(Boolean).length;
    const told = found ? `${found} of ${choices.length} ${list.dataset.choices} fit.` : list.dataset.none;
    count.textContent = words.length ? told : "";
  }

  for (const type of ["input", "change"]) {
    field.addEventListener(type, (event) => {
      // It is no part of the form that it stands in.
      event.stopPropagation();
      narrow();
    });
  }
  field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  list.addEventListener("change", narrow);
}

for (const list of document.querySelectorAll("[data-choices]")) searchable(list);
