"use strict";
// Keeps an unsaved note in the browser, for one row and one account, until it is saved or they sign out.
{
  const PREFIX = "note:";
  let store;
  try { store = window.localStorage; } catch { store = null; } // a browser may forbid storage
  const noteKeys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const showNotice = (field, saved, key) => {
    const notice = document.createElement("p");
    const undo = document.createElement("button");
    notice.className = "kept";
    notice.setAttribute("role", "status");
    notice.append("This is what you wrote here but did not save. ");
    undo.type = "button";
    undo.textContent = saved ? "Use the saved text" : "Start again";
    undo.addEventListener("click", () => {
      field.value = saved;
      store.removeItem(key);
      notice.remove();
      field.focus();
    });
    notice.append(undo);
    field.before(notice);
  };
  if (store) {
    // The server says with a class when a note was saved, such as “progress-saved”.
    document.querySelectorAll("[data-note-of]").forEach(({ dataset: { noteOf } }) => {
      if (document.querySelector(`.messagelist .${noteOf.split("-")[0]}-saved`)) store.removeItem(PREFIX + noteOf);
    });
    document.querySelectorAll("[data-note]").forEach((around) => {
      const key = PREFIX + around.dataset.note;
      const field = around.querySelector("textarea");
      // After a refusal, the server sends back what was typed, and nothing is saved.
      const saved = "refused" in around.dataset ? null : field.defaultValue;
      const note = store.getItem(key);
      if (saved === null) {
        store.setItem(key, field.value);
      } else if (note !== null && note !== saved) {
        field.value = note;
        showNotice(field, saved, key);
      }
      field.addEventListener("input", () => {
        if (field.value === saved) store.removeItem(key);
        else store.setItem(key, field.value);
      });
    });
    document.getElementById("logout-form")?.addEventListener("submit", () => noteKeys().forEach((key) => store.removeItem(key)));
  }
}
