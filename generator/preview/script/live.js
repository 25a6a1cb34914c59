// Reloads a served page when its file changes, and shows the errors of the file above the last good page.
"use strict";
(() => {
  const PLACE = "obsgen-place";
  const failure = document.getElementById("_failure");

  // What is at the top of the window, and which dashboards are open: a reload must not move the reader.
  function keepPlace() {
    const things = [...document.querySelectorAll(".card, .part")].filter((one) => one.getClientRects().length);
    const top = things.find((one) => one.getBoundingClientRect().top >= 0) ?? things.at(-1);
    const dashboards = [...document.querySelectorAll(".dashboard")].map(({ id, open }) => [id, open]);
    const place = { id: top?.id, top: top?.getBoundingClientRect().top, dashboards };
    sessionStorage.setItem(PLACE, JSON.stringify(place));
  }

  function returnToPlace() {
    const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
    sessionStorage.removeItem(PLACE);
    if (!place) return;
    for (const [id, open] of place.dashboards) {
      const dashboard = document.getElementById(id);
      if (dashboard) dashboard.open = open;
    }
    const element = place.id && document.getElementById(place.id);
    if (!element) return;
    scrollBy(0, element.getBoundingClientRect().top - place.top);
    hold(element, place.top);
  }

  function show(text) {
    failure.replaceChildren();
    failure.hidden = !text;
    if (!text) return;
    const title = document.createElement("strong");
    const below = document.querySelector(".environment") ? " Below is the page as it was before them." : "";
    title.textContent = `The file has errors.${below}`;
    const output = document.createElement("pre");
    output.textContent = text;
    failure.append(title, output);
  }

  // The page that this is, which may be older than the first event.
  const own = document.documentElement.dataset.page;
  new EventSource("/events").addEventListener("state", (event) => {
    const { page, error } = JSON.parse(event.data);
    if (page !== own) {
      keepPlace();
      location.reload();
      return;
    }
    show(error);
  });
  history.scrollRestoration = "manual";
  returnToPlace();
})();
