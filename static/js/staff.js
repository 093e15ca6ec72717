"use strict";
// Select2, Django's search box for long lists of choices, has no label of its own: it takes that of its field.
{
  const label = (select) => {
    const [first] = select.labels;
    first.id ||= `${select.id}-label`;
    return first.id;
  };
  const nameBoxes = (root) => {
    for (const select of root.querySelectorAll(".admin-autocomplete")) {
      const box = select.nextElementSibling;
      const chosen = box?.querySelector(".select2-selection--single .select2-selection__rendered");
      box?.querySelectorAll(".select2-selection--multiple, .select2-selection__rendered[role], .select2-search__field").forEach((part) => {
        part.setAttribute("aria-labelledby", label(select));
      });
      if (chosen) chosen.parentElement.setAttribute("aria-labelledby", `${label(select)} ${chosen.id}`);
    }
  };
  // Its “clear all” is not a valid item of the list that it is in; each choice has its own cross.
  document.querySelectorAll(".admin-autocomplete[multiple]").forEach((select) => { select.dataset.allowClear = "false"; });
  // Django makes the boxes when the page is ready, and in each row that is added later.
  const { jQuery } = window.django;
  jQuery(() => nameBoxes(document));
  document.addEventListener("formset:added", (event) => nameBoxes(event.target));
  jQuery(document).on("select2:open", (event) => {
    document.querySelector(".select2-dropdown .select2-search__field")?.setAttribute("aria-labelledby", label(event.target));
  });
}
