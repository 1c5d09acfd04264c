// Times in the reader's own zone: those that a page shows, whenever they come, and those that are entered in it.
// Servers write and read UTC; what they wrote of a time stays in its title.

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const MINUTE = 60_000;
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = `${DAY.format(at)}, ${CLOCK.format(at)}`;
  }
}

const written = (at) => (Number.isNaN(at.getTime()) ? "" : at.toISOString().slice(0, 16));
const asLocal = (utc) => {
  const at = new Date(`${utc}Z`);
  // By the offset of that day, not of today: clocks may have been changed in between.
  return written(new Date(at - at.getTimezoneOffset() * MINUTE));
};
const asUtc = (local) => written(new Date(local));

for (const field of document.querySelectorAll("input[data-utc]")) {
  const utc = field.defaultValue;
  const local = asLocal(utc);
  // What a browser filled in again on the way back is local already.
  if (field.value === utc) field.value = local;
  field.labels[0].querySelector("[data-zone]").textContent = `(${timeZone})`;
  field.form.addEventListener("formdata", ({ formData }) => {
    if (field.validity.badInput) formData.set(field.name, "incomplete");
    // What was left alone is sent as it came: where clocks are put back, an hour comes twice.
    else formData.set(field.name, field.value === local ? utc : asUtc(field.value));
  });
}

localise(document);
new MutationObserver((records) => {
  for (const { target } of records) localise(target);
}).observe(document.body, { childList: true, subtree: true });
