// Puts what stands in a file into the form, so that it need not be pasted.

const field = document.querySelector("#file");
const fault = document.querySelector("#file-fault");
const { form } = field;
const { format, text } = form.elements;
const FORMATS = { json: "json", csv: "csv", md: "markdown", markdown: "markdown" };

async function read() {
  const [file] = field.files;
  fault.textContent = "";
  if (!file) return;
  try {
    const held = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    // As it is sent, with room for the other fields.
    if (new URLSearchParams({ held }).toString().length + 500 > Number(field.dataset.most)) {
      fault.textContent = `${file.name} is too large for this form. Import it by the command line.`;
      return;
    }
    text.value = held;
    format.value = FORMATS[file.name.split(".").pop().toLowerCase()] ?? format.value;
  } catch {
    fault.textContent = `${file.name} is no text in UTF-8.`;
  }
}

field.addEventListener("change", read);
document.querySelector("#import-file").hidden = false;
// A browser that reloads or comes back may keep the file that was chosen.
read();
