"use strict";
// Keeps a half-written note in the browser until it is saved: for one row and one account, and no longer than they are signed in.
{
  const KEPT = "note:";
  let store;
  try { store = window.localStorage; } catch { store = null; } // where the browser keeps nothing, neither do we
  const kept = () => Object.keys(store).filter((key) => key.startsWith(KEPT));
  const tell = (field, saved, key) => {
    const told = document.createElement("p");
    const undo = document.createElement("button");
    told.className = "kept";
    told.setAttribute("role", "status");
    told.append("This is what you had written here and not saved. ");
    undo.type = "button";
    undo.textContent = saved ? "Take what was saved" : "Start afresh";
    undo.addEventListener("click", () => {
      field.value = saved;
      store.removeItem(key);
      told.remove();
      field.focus();
    });
    told.append(undo);
    field.before(told);
  };
  if (store) {
    // The server says when a note of some sort was saved: “progress-saved”.
    document.querySelectorAll("[data-note-of]").forEach(({ dataset: { noteOf } }) => {
      if (document.querySelector(`.messagelist .${noteOf.split("-")[0]}-saved`)) store.removeItem(KEPT + noteOf);
    });
    document.querySelectorAll("[data-note]").forEach((around) => {
      const key = KEPT + around.dataset.note;
      const field = around.querySelector("textarea");
      // What the server sends back after a refusal is what was typed last: nothing of it is saved.
      const saved = "refused" in around.dataset ? null : field.defaultValue;
      const note = store.getItem(key);
      if (saved === null) {
        store.setItem(key, field.value);
      } else if (note !== null && note !== saved) {
        field.value = note;
        tell(field, saved, key);
      }
      field.addEventListener("input", () => {
        if (field.value === saved) store.removeItem(key);
        else store.setItem(key, field.value);
      });
    });
    document.getElementById("logout-form")?.addEventListener("submit", () => kept().forEach((key) => store.removeItem(key)));
  }
}
