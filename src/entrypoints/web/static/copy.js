// Buttons that copy the text of an element, named by data-copy. Where this page holds only its beginning,
// data-copy-from names the page that holds all of it. Without this script, or a clipboard, they are not shown.

const SHOWN_FOR = 2000;

async function textOf(button) {
  const { copy: id, copyFrom: path } = button.dataset;
  if (!path) return document.getElementById(id).textContent;
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById(id).textContent;
}

async function copy(button) {
  const text = textOf(button).then((found) => new Blob([found], { type: "text/plain" }));
  const label = button.querySelector("[data-copy-label]");
  let outcome = "Copied";
  try {
    // Asked for at once, while the click still counts; the text may come later.
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
  } catch {
    outcome = "Could not copy";
  }
  label.textContent = outcome;
  setTimeout(() => { label.textContent = "Copy"; }, SHOWN_FOR);
}

if (navigator.clipboard && window.ClipboardItem) {
  document.documentElement.classList.add("can-copy");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}
