"use strict";

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  persistAuthorization: true,
  // The validator badge would ask a server elsewhere.
  validatorUrl: null,
});
