// Sections are put into order by dragging their row; the buttons in it do the same without this.

document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("changelist-form");
  let held = null;

  // The button that was pressed has the focus again, so that it can be pressed twice.
  const pressed = sessionStorage.getItem("moved");
  sessionStorage.removeItem("moved");
  if (pressed && document.activeElement === document.body) {
    form?.querySelector(`button[value^="${CSS.escape(pressed)}:"]`)?.focus();
  }
  form?.addEventListener("submit", ({ submitter }) => {
    if (submitter?.name === "move") sessionStorage.setItem("moved", submitter.value.split(":").slice(0, 2).join(":"));
  });

  const orderOf = (row) => row?.querySelector(".order");
  const sameLevel = (row) => held && row !== held && orderOf(row)?.dataset.level === orderOf(held).dataset.level;

  // Only in the page's own order does a place in the list mean a place on the page.
  if (!form || new URLSearchParams(location.search).has("o")) return;
  for (const row of form.querySelectorAll("tbody tr")) {
    if (!orderOf(row)) continue;
    row.draggable = true;
    row.classList.add("can-move");
  }

  const clear = () => form.querySelectorAll(".drop-before, .drop-after").forEach((row) => {
    row.classList.remove("drop-before", "drop-after");
  });
  const below = (row, event) => {
    const { top, height } = row.getBoundingClientRect();
    return event.clientY > top + height / 2;
  };

  form.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("tr.can-move") || null;
    if (held) event.dataTransfer.setData("text/plain", orderOf(held).dataset.section);
  });
  form.addEventListener("dragend", () => { held = null; clear(); });
  form.addEventListener("dragover", (event) => {
    const row = event.target.closest("tr.can-move");
    clear();
    if (!sameLevel(row)) return;
    event.preventDefault();
    row.classList.add(below(row, event) ? "drop-after" : "drop-before");
  });
  form.addEventListener("drop", (event) => {
    const row = event.target.closest("tr.can-move");
    if (!sameLevel(row)) return;
    event.preventDefault();
    const { section, version } = orderOf(held).dataset;
    const button = orderOf(held).querySelector("button");
    // The same button, with the place that was dropped on: one address, one way to refuse.
    button.value = `${below(row, event) ? "after" : "before"}:${section}:${version}:${orderOf(row).dataset.section}`;
    form.requestSubmit(button);
  });
});
