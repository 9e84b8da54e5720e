// Shortens ways that also work without it. A key clicks the button that you see.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const stored = (key, value) => {
    try { if (value !== undefined) localStorage.setItem(key, value); return localStorage.getItem(key); } catch { return null; }
  };
  const announce = (text) => { $("#announcer").textContent = text.trim().replace(/\s+/g, " "); };
  const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  const scope = () => $("dialog[open]") || document;

  // --- rows: moving, selecting -----------------------------------------------------------------
  const rows = () => $$("tr[data-row], [data-row]").filter(seen);
  const box = (row) => row && $("[data-select], .cell-check input", row);
  const boxes = () => rows().map(box).filter((each) => each && !each.disabled);
  let anchor = null;
  const move = (step) => {
    const all = rows(), now = all.findIndex((row) => row.hasAttribute("data-current"));
    const next = all[Math.min(all.length - 1, Math.max(0, now + step))];
    if (!next) return;
    all[now]?.removeAttribute("data-current");
    next.setAttribute("data-current", "");
    ($("a[href]", next) || next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const toggle = (range) => {
    const all = rows(), row = $("[data-row][data-current]"), mine = box(row);
    if (!mine) return;
    if (range && all.includes(anchor)) {
      const [from, to] = [all.indexOf(anchor), all.indexOf(row)].sort((a, b) => a - b);
      all.slice(from, to + 1).map(box).forEach((each) => { if (each && !each.disabled) each.checked = true; });
    } else mine.checked = !mine.checked;
    anchor = row;
    count();
  };
  const count = () => {
    const all = boxes(), chosen = all.filter((each) => each.checked), bar = $("[data-selection-bar]"), language = document.documentElement.lang || "en";
    $$("[data-select-all]").forEach((each) => {
      each.checked = chosen.length > 0 && chosen.length === all.length;
      each.indeterminate = chosen.length > 0 && chosen.length < all.length;
    });
    if (!bar) return;
    bar.dataset.count = chosen.length;
    $$("[data-selected-count]", bar).forEach((each) => { each.textContent = chosen.length; });
    const cents = chosen.reduce((sum, each) => sum + Math.round(Number(each.dataset.amount || 0) * 100), 0);
    $$("[data-selected-sum]", bar).forEach((each) => { each.textContent = (cents / 100).toLocaleString(language, { minimumFractionDigits: 2 }); });
    $$("[data-count-for]", bar).forEach((each) => {
      const can = chosen.filter((one) => (one.dataset.can || "").split(" ").includes(each.dataset.countFor)).length;
      each.textContent = can === chosen.length ? can : (each.dataset.of || "{can} / {all}").replace("{can}", can).replace("{all}", chosen.length);
    });
  };
  const clear = () => { const chosen = boxes().filter((each) => each.checked); chosen.forEach((each) => { each.checked = false; }); count(); return chosen.length; };

  // --- menus, dialogs, theme -------------------------------------------------------------------
  const closeMenus = (but) => $$("details[data-menu][open]").filter((each) => !each.contains(but)).map((each) => { each.open = false; return each; });
  const openDialog = async (link) => {
    const dialog = $("#dialog");
    await htmx.ajax("GET", link.href || `${link.formAction}?${new URLSearchParams(new FormData(link.form))}`, { source: dialog, target: dialog, swap: "innerHTML" });
    if (dialog.childElementCount && !dialog.open) dialog.showModal();
    $("[data-autofocus], [autofocus], #dialog-title", dialog)?.focus();
  };
  on("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    closeMenus(event.target);
    if (at("[aria-disabled=true]")) return event.preventDefault();
    const link = at("a[data-dialog], form[data-dialog] [type=submit]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && window.htmx) { event.preventDefault(); closeMenus(); openDialog(link); }
    if (at("[data-open]")) $(`#${at("[data-open]").dataset.open}`)?.showModal();
    if (at("dialog [data-close-dialog]")) { if (at("dialog[open]:modal")) { event.preventDefault(); at("dialog").close(); } }
    if (event.target.matches?.("dialog:modal") && event.target.dataset.keep === undefined) event.target.close();
    if (at("[data-dismiss]")) at("[data-undo-bar]")?.remove();
    if (at("[data-clear]")) clear();
    if (at("[data-retry]")) retry();
    if (at("[data-copy]")) { navigator.clipboard?.writeText(at("[data-copy]").dataset.copy); announce(at("[data-copy]").dataset.copied || ""); }
    const part = at("[data-show-pane]"), panes = part && $(".panes");
    if (panes) { event.preventDefault(); panes.dataset.show = part.dataset.showPane; $$("[data-show-pane]").forEach((each) => each.toggleAttribute("aria-current", each === part)); part.setAttribute("aria-current", "page"); }
    const goal = at('.panes a[href^="#"]:not([data-show-pane])'), pane = goal && $(goal.getAttribute("href"))?.closest("[data-pane]"); if (pane) $(`[data-show-pane="${pane.dataset.pane}"]`)?.click();
    if (at("[data-zoom-step]")) {
      const viewer = at(".viewer"), sizes = ["fit", "125", "150", "200"];
      viewer.dataset.zoom = sizes[Math.min(3, Math.max(0, sizes.indexOf(viewer.dataset.zoom) + Number(at("[data-zoom-step]").dataset.zoomStep)))];
    }
    if (at("[data-region]")) $(`[data-bt="${at("[data-region]").dataset.region}"]`)?.focus();
  });
  on("change", (event) => {
    const each = event.target;
    if (each.matches("[data-select-all]")) boxes().forEach((one) => { one.checked = each.checked; });
    if (each.matches("[data-theme-choice]")) { stored("theme", each.value); document.documentElement.dataset.theme = each.value; }
    if (each.matches("[data-keys-choice]")) stored("keys", each.value);
    if (each.matches("[data-submit-on-change]")) each.form.requestSubmit();
    count();
  });
  const light = ({ target }) => {
    const lit = target.dataset?.bt && $(`[data-region="${target.dataset.bt}"]`); if (lit) { $$("[data-region][data-lit]").forEach((each) => each.removeAttribute("data-lit")); lit.setAttribute("data-lit", ""); lit.scrollIntoView({ block: "nearest" }); } };
  ["pointerover", "focusin"].forEach((type) => on(type, light));
  on("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && !row.hasAttribute("data-current")) { $$("[data-row][data-current]").forEach((each) => each.removeAttribute("data-current")); row.setAttribute("data-current", ""); }
  });

  // --- keys ------------------------------------------------------------------------------------
  let going = 0;
  const press = (selector) => { const target = $$(selector, scope()).find(seen); target?.focus(); target?.click(); return Boolean(target); };
  on("keydown", (event) => {
    const { key, target } = event, letter = key.toLowerCase();
    if (key === "Escape") {
      const closed = closeMenus();
      if (closed.length) return closed[0].firstElementChild.focus();
      if (typing(target)) return target.blur();
      if (location.hash === "#sidebar") location.hash = "main";
      return clear();
    }
    if (key === "F6") {
      const panes = $$("[data-pane], main").filter(seen), next = panes[(panes.findIndex((pane) => pane.contains(target)) + 1) % panes.length];
      if (next) { event.preventDefault(); if (!next.hasAttribute("tabindex")) next.tabIndex = -1; next.focus(); }
      return;
    }
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) return typing(target) && (target.form && $(".button--primary", target.form) || $$(".button--primary", scope()).find(seen))?.click();
    const mode = document.body.dataset.keys || stored("keys") || "on";
    if (mode === "off" || typing(target) || event.altKey || event.metaKey || event.ctrlKey !== (mode === "ctrl")) return;
    let done = true;
    if (Date.now() - going < 1500) { going = 0; done = press(`[data-go="${CSS.escape(letter)}"]`) || goHidden(letter); }
    else if (letter === "g") going = Date.now();
    else if (key === "/") $("[data-jump]")?.focus();
    else if (key === "?") $("#keys-help")?.showModal();
    else if (press(`[data-key="${CSS.escape(letter)}"]`)) { /* the visible button did it */ }
    else if (scope() !== document) done = false;
    else if (letter === "j" || letter === "k") move(letter === "j" ? 1 : -1);
    else if (letter === "x") toggle(event.shiftKey);
    else if (/^[1-7]$/.test(key)) { const tab = $$(".tabs a").filter(seen)[key - 1]; tab?.click(); done = Boolean(tab); }
    else done = false;
    if (done) event.preventDefault();
  });
  const goHidden = (letter) => { const link = $(`[data-go="${CSS.escape(letter)}"]`); if (link) location.assign(link.href); return Boolean(link); };

  // --- what HTMX answered ------------------------------------------------------------------------
  let failed = null;
  const trouble = (kind) => { $("#trouble").hidden = !kind; $$("[data-trouble]").forEach((each) => { each.hidden = each.dataset.trouble !== kind; }); };
  const retry = () => { trouble(); if (failed?.verb === "get") htmx.ajax("GET", failed.path, { target: failed.target, source: failed.elt, values: failed.parameters }); else location.reload(); };
  on("htmx:responseError", (event) => { failed = event.detail.requestConfig; trouble([403, 404, 410].includes(event.detail.xhr.status) ? "gone" : "error"); });
  on("htmx:sendError", (event) => { failed = event.detail.requestConfig; trouble("offline"); });
  // A whole page instead of a piece: signed out, or a view without parts. Go there.
  on("htmx:beforeSwap", (event) => {
    const { xhr, elt, boosted, selectOverride } = event.detail;
    if (xhr.status !== 200 || boosted || selectOverride || elt.closest("[hx-select]") || !/^\s*<!doctype/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL);
  });
  on("htmx:beforeRequest", (event) => { trouble(); event.detail.target?.setAttribute("aria-busy", "true"); });
  on("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
  const freshen = (root) => {
    count();
    // A table that becomes a grid on a phone keeps its roles.
    $$("table.table", root).forEach((table) => {
      [[":scope", "table"], ["thead, tbody, tfoot", "rowgroup"], ["tr", "row"], ["td", "cell"], ["thead th", "columnheader"], ["tbody th", "rowheader"]].forEach(([what, role]) =>
        (what === ":scope" ? [table] : $$(what, table)).forEach((each) => each.setAttribute("role", role)));
    });
    const bar = $("[data-undo-bar] .undo-bar__text", root);
    if (bar) setTimeout(() => announce(bar.textContent), 150);
    // Once each: what is drawn anew around it must not take the focus from whoever types on.
    const first = $("[data-autofocus]", root); if (first && !first.wasFocused) { first.wasFocused = true; first.focus(); }
  };
  on("htmx:load", (event) => { if (event.detail.elt !== document.body) freshen(event.detail.elt.parentElement || document); });
  on("DOMContentLoaded", () => freshen(document));
  on("close-dialog", () => $("#dialog").close());

  // --- files: each on its own, with its progress -----------------------------------------------------
  const send = (form, file) => {
    const list = $("[data-list]", form), item = list.appendChild(document.createElement("li")), bar = document.createElement("progress");
    const data = new FormData(form), request = new XMLHttpRequest();
    item.append(file.name, bar);
    data.set("files", file);
    request.upload.onprogress = (event) => { bar.max = event.total; bar.value = event.loaded; };
    request.onloadend = () => {
      if (request.status < 200 || request.status > 299) { item.className = "tone-red"; item.replaceChildren(`${file.name}: ${list.dataset.failed}`); return; }
      item.insertAdjacentHTML("afterend", request.responseText);
      const fresh = item.nextElementSibling; item.remove(); if (fresh) htmx.process(fresh);
    };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.send(data);
  };
  const sendAll = (form, files) => { [...files].forEach((file) => send(form, file)); };
  on("change", (event) => { const form = event.target.closest("[data-upload]"); if (form && event.target.type === "file") { sendAll(form, event.target.files); event.target.value = ""; } });
  ["dragover", "dragleave", "drop"].forEach((type) => on(type, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone || !event.dataTransfer) return;
    event.preventDefault();
    zone.toggleAttribute("data-over", type === "dragover");
    if (type === "drop") sendAll(zone.closest("[data-upload]"), event.dataTransfer.files);
  }));

  [["theme", "[data-theme-choice]"], ["keys", "[data-keys-choice]"]].forEach(([key, choice]) =>
    stored(key) && $$(choice).forEach((each) => { each.checked = each.value === stored(key); }));
})();
