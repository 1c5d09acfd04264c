// Says that others changed or deleted what a page shows, and leaves the page as it is.

const news = document.querySelector(".news");
let isLeaving = false;

document.addEventListener("satchel:event", ({ detail: { type, subject, data } }) => {
  const isOurs = subject.type === news.dataset.kind && subject.id === Number(news.dataset.id);
  // What this very page has sent is no news.
  if (!isOurs || isLeaving || data.version <= Number(news.dataset.version)) return;
  for (const each of news.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== type;
});

document.addEventListener("submit", () => { isLeaving = true; });
addEventListener("pageshow", () => { isLeaving = false; });
