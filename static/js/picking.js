// Words selected on a page of a source go into the field, where they are checked at once.
// Without it the sentence that was found stands there, to be shortened by hand.

const WAIT = 250; // ms after the selection rests
const field = document.getElementById("id_text");
const page = document.querySelector(".page-text");
const hits = document.querySelector(".hits");
let timer;

function selected() {
  const chosen = document.getSelection();
  if (!chosen || chosen.isCollapsed || !hits?.contains(chosen.anchorNode) || !hits.contains(chosen.focusNode)) return "";
  return chosen.toString().replace(/\s+/g, " ").trim();
}

if (field && hits) {
  document.addEventListener("selectionchange", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const words = selected();
      if (words.length < 3 || words === field.value) return;
      field.value = words;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, WAIT);
  });
  // The chosen sentence is in sight at once.
  page?.querySelector("mark")?.scrollIntoView({ block: "center" });
}
