/* Lists that filter in place: keeps what is open and in focus when htmx swaps #list. Without this file, the form and
   its links still work. */
"use strict";

const list = () => document.getElementById("list");
const announced = document.getElementById("announced");
let open = {};
let focus = null;

if (window.htmx) document.documentElement.classList.add("in-place");

/* Addresses hold no empty parameters. */
document.addEventListener("htmx:configRequest", (event) => {
  const { formData } = event.detail;
  for (const [name, value] of [...formData.entries()]) if (!value) formData.delete(name);
});

/* What is open and in focus before the swap… */
document.addEventListener("htmx:beforeSwap", () => {
  open = Object.fromEntries([...list().querySelectorAll("details")].map((details) => [details.id, details.open]));
  const active = document.activeElement;
  focus = list().contains(active) ? { id: active.id, heading: active.closest("th")?.cellIndex, href: active.getAttribute("href") } : null;
});

/* …is restored after it. If the link in focus is gone, the count gets the focus. */
document.addEventListener("htmx:afterSwap", () => {
  for (const details of list().querySelectorAll("details")) if (details.id in open) details.open = open[details.id];
  const count = document.getElementById("count");
  if (focus && !list().contains(document.activeElement)) {
    const again =
      (focus.id && document.getElementById(focus.id)) ||
      (focus.heading !== undefined && list().querySelectorAll("thead th")[focus.heading]?.querySelector("a")) ||
      (focus.href && list().querySelector(`a[href="${CSS.escape(focus.href)}"]`)) ||
      count;
    again.focus({ preventScroll: true });
  }
  announced.textContent = count.textContent;
});
