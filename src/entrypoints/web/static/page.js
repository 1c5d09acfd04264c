// What every page does for those with scripts: menus close again, and nothing that was typed is left by mistake.

import "./times.js";

for (const event of ["click", "focusin", "keydown"]) {
  document.addEventListener(event, ({ key, target }) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      const isLeft = event === "keydown" ? key === "Escape" : !menu.contains(target);
      if (!isLeft) continue;
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (event === "keydown" && hadFocus) menu.querySelector("summary").focus();
    }
  });
}

const changed = new Set();

document.addEventListener("input", ({ target }) => {
  if (target.form?.querySelector("textarea")) changed.add(target.form);
});
document.addEventListener("submit", ({ target }) => changed.delete(target));
addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
