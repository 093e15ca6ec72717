"use strict";
// Sends what is being typed to the server, which keeps it for its writer until it is saved or they sign out.
{
  const PAUSE = 800; // milliseconds without a key
  const LONGEST_LAST = 60000; // bytes that a browser still sends while a page is being left
  const waiting = new Map();
  const keep = (form, isLast) => {
    clearTimeout(waiting.get(form));
    waiting.delete(form);
    const data = new FormData(form);
    data.set("unsaved_token", data.get("form_token"));
    data.set("unsaved_page", window.location.pathname + window.location.search);
    data.delete("form_token");
    const body = new URLSearchParams();
    for (const [name, value] of data) if (typeof value === "string") body.append(name, value);
    fetch("/admin/unsaved/", { method: "POST", body, keepalive: isLast && body.toString().length < LONGEST_LAST }).catch(() => {});
  };
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form?.elements.form_token || form.id === "changelist-form" || form.id === "logout-form") return;
    if (form.querySelector("[type=password]")) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(keep, PAUSE, form, false));
  });
  document.addEventListener("submit", ({ target }) => {
    clearTimeout(waiting.get(target));
    waiting.delete(target);
  });
  window.addEventListener("pagehide", () => [...waiting.keys()].forEach((form) => keep(form, true)));
}
