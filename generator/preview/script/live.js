// Reloads a served page when its file changes, and shows the errors of the file above the last good page.
"use strict";
(() => {
  const failure = document.getElementById("failure");
  const show = (text) => {
    failure.replaceChildren();
    failure.hidden = !text;
    if (!text) return;
    const title = document.createElement("strong");
    title.textContent = "The file has errors. Below is the page as it was before them.";
    const output = document.createElement("pre");
    output.textContent = text;
    failure.append(title, output);
  };
  const source = new EventSource("/events");
  let shown = "";
  source.addEventListener("state", (event) => {
    const { page, error } = JSON.parse(event.data);
    if (shown && page !== shown) location.reload();
    shown = page;
    show(error);
  });
})();
