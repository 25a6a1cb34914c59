// Search, environments, deep links and colours of the page. It works without: everything is in the document already.
"use strict";

// Keeps an element where it is in the window for as long as what comes into sight gets its layout, which may be higher
// than it was estimated; until the reader scrolls.
function hold(element, top) {
  let [frames, steady] = [0, 0];
  const stop = () => (frames = Infinity);
  for (const type of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(type, stop, { once: true, passive: true });
  const step = () => {
    const off = element.getBoundingClientRect().top - top;
    steady = Math.abs(off) > 1 ? 0 : steady + 1;
    if (!steady) scrollBy(0, off);
    frames += 1;
    if (steady < 4 && frames < 90) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const KEYS = ["severity", "owner", "service", "channel", "account", "kind", "is", "tests"];
  const environments = $$(".environment");
  const accounts = JSON.parse($("#_accounts").textContent);
  const members = new Set(Object.keys(accounts).map((name) => name.toLowerCase()));
  const query = $("#_query");
  const itemsOf = new Map();
  const opened = new Map();
  let current = null;

  // --- search ---------------------------------------------------------------------------------------------------

  // `severity:critical,high -owner:"data platform" lag`: words and pairs, each with whether it must not match.
  function parsed(text) {
    const terms = [];
    for (const [, not, key, value] of text.matchAll(/(-?)(?:([a-z]+):)?("[^"]*"?|\S+)/gi)) {
      const plain = value.replaceAll('"', "").toLowerCase();
      const known = key && KEYS.includes(key.toLowerCase());
      const words = known ? plain.split(",").filter(Boolean) : [(key ? `${key}:` : "").toLowerCase() + plain];
      if (words.length && words[0]) terms.push({ not: Boolean(not), key: known ? key.toLowerCase() : "", words });
    }
    return terms;
  }

  function named(words) {
    const ids = new Set(words);
    const names = Object.keys(accounts).filter((name) => ids.has(accounts[name]));
    return [...words, ...names.map((name) => name.toLowerCase()), ...(ids.has(current.dataset.hub) ? ["hub"] : [])];
  }

  function matches(item, terms, alternatives) {
    const fits = (term) => {
      if (!term.key) {
        item.text ??= whole(item.element).textContent.toLowerCase();
        return item.text.includes(term.words[0]);
      }
      const { dataset } = item.element;
      const value = ((term.key === "kind" ? item.part?.dataset.part : dataset[term.key]) ?? "").toLowerCase();
      if (!value) return false;
      const starts = term.key === "owner" || term.key === "service" || term.key === "channel";
      const values = term.key === "owner" || term.key === "service" ? [value] : value.split(" ");
      if (term.key === "account" && value.includes("the hub") && term.words.includes("hub")) return true;
      // `* -one`: all members without one.
      const isMember = (word) => word !== "hub" && members.has(word) && !values.includes(`-${word}`);
      if (term.key === "account" && values[0] === "*" && term.words.some(isMember)) return true;
      return term.words.some((word) => values.some((own) => (starts ? own.startsWith(word) : own === word)));
    };
    if (terms.some((term) => fits(term) === term.not)) return false;
    for (const choice of alternatives.values()) if (!choice.some(fits)) return false;
    return true;
  }

  function itemsIn(environment) {
    if (!itemsOf.has(environment)) {
      const items = $$(".card, .item, .part > ul > li", environment).map((element) => ({ element, part: element.closest(".part"), shown: true }));
      itemsOf.set(environment, items);
    }
    return itemsOf.get(environment);
  }

  function search() {
    const terms = parsed(query.value);
    // Of several pairs of one key any may hold; everything else has to.
    const alternatives = new Map();
    const rest = [];
    for (const term of terms) {
      if (term.key === "account") term.words = named(term.words);
      if (term.key && !term.not) alternatives.set(term.key, [...(alternatives.get(term.key) ?? []), term]);
      else rest.push(term);
    }
    const found = new Map();
    let cards = 0;
    // A page of thousands opens without a look at each: until the first search, all are shown.
    const items = terms.length || itemsOf.has(current) ? itemsIn(current) : [];
    for (const item of items) {
      const shown = !terms.length || matches(item, rest, alternatives);
      if (shown !== item.shown) {
        item.shown = shown;
        item.element.hidden = !shown;
      }
      if (shown) found.set(item.part, true);
      if (shown && item.element.classList.contains("card")) cards += 1;
    }
    foldDashboards(terms.length > 0);
    for (const part of $$(".part", current)) part.hidden = Boolean(terms.length) && !found.has(part);
    $("#_nothing").hidden = !terms.length || found.size > 0;
    $("#_found").textContent = terms.length ? `${cards.toLocaleString("en")} found` : "";
    for (const button of $$(".filters button", current)) {
      const is = terms.some((term) => !term.not && term.key === "severity" && term.words.includes(button.value));
      button.setAttribute("aria-pressed", String(is));
    }
    for (const select of $$(".filters select", current)) {
      const term = terms.find((pair) => !pair.not && pair.key === select.dataset.key);
      const chosen = [...select.options].filter(({ value }) => value && term?.words.includes(value.toLowerCase()));
      select.value = chosen.length === 1 ? chosen[0].value : "";
    }
  }

  // A dashboard is as long as twenty cards: while there is a search, each is one line that can be opened.
  function foldDashboards(searching) {
    if (searching === opened.has(current)) return;
    const dashboards = $$(".dashboard", current);
    if (searching) {
      opened.set(current, new Set(dashboards.filter((dashboard) => dashboard.open)));
      for (const dashboard of dashboards) dashboard.open = false;
    } else {
      for (const dashboard of opened.get(current)) dashboard.open = true;
      opened.delete(current);
    }
  }

  // A closed dashboard is one text until the page has loaded, or something is looked for in it.
  function whole(element) {
    const kept = element.matches(".dashboard") ? $("noscript", element) : null;
    if (kept) kept.outerHTML = kept.textContent;
    return element;
  }

  // Safari has no idle callbacks.
  const whenIdle = (task) => (globalThis.requestIdleCallback ?? setTimeout)(task);

  function fillWhenIdle() {
    const kept = $(".dashboard > noscript");
    if (!kept) return;
    whole(kept.parentElement);
    whenIdle(fillWhenIdle);
  }

  function searchFor(text) {
    query.value = text;
    search();
    remember();
  }

  // --- filters: they write into the search, so that one text says what is shown ----------------------------------

  function toggled(key, value, only) {
    const quoted = /[\s,]/.test(value) ? `"${value}"` : value;
    const pair = `${key}:${quoted}`;
    const others = query.value.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
    const kept = others.filter((word) => (only ? !word.startsWith(`${key}:`) : word !== pair));
    const adds = value && (only || kept.length === others.length);
    searchFor([...kept, ...(adds ? [pair] : [])].join(" "));
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".filters button");
    if (button) toggled("severity", button.value, false);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".filters select")) toggled(target.dataset.key, target.value, true);
  });

  // --- where the reader is: environment, element and search are the fragment of the address -----------------------

  function choose(environment) {
    if (environment === current) return;
    current = environment;
    for (const other of environments) other.hidden = other !== environment;
    for (const tab of $$("[data-environment]")) {
      if (tab.dataset.environment === environment.dataset.name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    $(".skip").setAttribute("href", `#${encodeURIComponent(environment.dataset.name)}/alarms`);
    search();
  }

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };

  // The fragment that the page shows; another one is on its way to `follow`, and must not be overwritten.
  let followed = "";

  function remember() {
    if (location.hash !== followed) return;
    const name = encodeURIComponent(current.dataset.name);
    const text = query.value.trim();
    try {
      history.replaceState(null, "", text ? `#${name}?${encodeURIComponent(text)}` : `#${name}`);
    } catch {
      // An address that is too long, or a page without one: the search holds all the same.
    }
    followed = location.hash;
  }

  function follow() {
    followed = location.hash;
    const [place, text] = location.hash.slice(1).split("?");
    const target = place ? document.getElementById(decoded(place)) : null;
    choose(target?.closest(".environment") ?? current ?? environments[0]);
    if (text !== undefined) searchFor(decoded(text));
    if (!target || target === current) return;
    if (target.closest("[hidden]")) {
      query.value = "";
      search();
    }
    for (let at = target; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) whole(at).open = true;
    target.scrollIntoView();
    hold(target, target.getBoundingClientRect().top);
    if (target.matches(".card")) focusOn(target);
  }

  // --- keys and colours -------------------------------------------------------------------------------------------

  function focusOn(card) {
    card.tabIndex = -1;
    card.focus({ preventScroll: true });
  }

  function step(by) {
    const cards = itemsIn(current).filter((item) => item.shown && item.element.classList.contains("card"));
    if (!cards.length) return;
    const at = cards.findIndex((item) => item.element.contains(document.activeElement));
    const next = cards[Math.max(0, Math.min(cards.length - 1, at < 0 ? 0 : at + by))].element;
    focusOn(next);
    next.scrollIntoView({ block: "nearest" });
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const types = event.target.matches("input, select, textarea");
    // A single key is a shortcut only while the reader wants it: https://www.w3.org/TR/WCAG22/#character-key-shortcuts
    const isShortcut = !types && $("#_keys").checked;
    if (event.key === "/" && isShortcut) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "Escape") {
      const help = $(".help[open]");
      if (help) help.open = false;
      else if (query.value) searchFor("");
      else if (types) event.target.blur();
    } else if (isShortcut && (event.key === "j" || event.key === "k")) {
      step(event.key === "j" ? 1 : -1);
    } else if (event.target === query && (event.key === "Enter" || event.key === "ArrowDown")) {
      event.preventDefault();
      step(1);
    }
  });

  const COLORS = ["", "light", "dark"];
  const WORDS = { "": "as the system has them", light: "light", dark: "dark" };
  function paint(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    $("#_theme").title = `Colors: ${WORDS[theme]}`;
  }
  const stored = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem(`obsgen-${name}`) ?? "";
      localStorage.setItem(`obsgen-${name}`, value);
    } catch {
      // Without storage, a choice holds until the page is closed.
    }
    return "";
  };
  const first = stored("colors");
  paint(COLORS.includes(first) ? first : "");
  $("#_theme").addEventListener("click", () => {
    const next = COLORS[(COLORS.indexOf(document.documentElement.dataset.theme ?? "") + 1) % COLORS.length];
    stored("colors", next);
    paint(next);
  });
  $("#_keys").checked = stored("keys") !== "off";
  $("#_keys").addEventListener("change", ({ target }) => stored("keys", target.checked ? "on" : "off"));

  query.addEventListener("input", search);
  query.addEventListener("change", remember);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-clear], .search-for");
    if (button) searchFor(button.value);
    const link = event.target.closest('a[href^="#"]');
    // The same fragment again is no change of the address.
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  addEventListener("hashchange", follow);

  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const link = $(`.side nav a[href="#${CSS.escape(target.id)}"]`) ?? $$(".side nav a").find((a) => decoded(a.hash.slice(1)) === target.id);
        if (!link || !isIntersecting) continue;
        for (const other of $$(".side nav a[aria-current]")) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-20% 0px -70% 0px" },
  );
  for (const part of $$(".part")) seen.observe(part);
  // An event of an element that is opened does not bubble.
  document.addEventListener("toggle", ({ target }) => whole(target), { capture: true });
  addEventListener("load", () => whenIdle(fillWhenIdle));
  follow();
})();
