// The arrow keys turn the pages of a source. Without this the links do.
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, summary, [tabindex]")) return;
  const pages = document.querySelector(".turning.pages");
  const link = event.key === "ArrowLeft" ? pages?.querySelector(":scope > a:not(.push)")
    : event.key === "ArrowRight" ? pages?.querySelector(":scope > a.push") : null;
  if (link) { event.preventDefault(); link.click(); }
});
