"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  // The schemas stand with the operations that use them; the list of all would bury what is below.
  defaultModelsExpandDepth: 0,
  // The validator badge would ask a server elsewhere.
  validatorUrl: null,
});
