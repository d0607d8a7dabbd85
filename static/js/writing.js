// What waits for a section is inserted beside it by one click. Without this it is shown, with text to copy.

import { into, watch } from "./inserting.js";

const aside = document.getElementById("waiting");
const text = document.getElementById("id_body");
const state = document.getElementById("id_state");
// What was inserted and stands in the text: the box of its scrap is ticked as long as it does.
const inserted = new Map();

function say(message, offer) {
  const told = aside.querySelector(".told");
  told.replaceChildren(message);
  if (!offer || state?.value !== "todo") return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn", textContent: "Make this section a draft" });
  button.addEventListener("click", () => {
    state.value = "draft";
    state.dispatchEvent(new Event("input", { bubbles: true }));
    state.dispatchEvent(new Event("change", { bubbles: true }));
    say("The section is a draft once it is saved.");
    text.focus();
  });
  told.append(" ", button);
}

function insert(button) {
  const item = button.closest("li");
  const words = item.querySelector("pre").textContent;
  const box = item.querySelector("input[type=checkbox]");
  into(text, words, words.includes("\n") || Boolean(box));
  item.classList.add("used");
  inserted.set(item, words);
  if (box) tick(box, true);
  const filed = box ? " Its scrap counts as filed once this is saved." : " Save to keep it there.";
  say(`It stands in the text.${filed}`, true);
}

function tick(box, checked) {
  if (box.checked === checked) return;
  box.checked = checked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

// Undo, or a hand, takes a scrap's words out again, and Redo puts them back: its box follows.
function follow() {
  for (const [item, words] of inserted) {
    // Its beginning or its end: what was put right within it since is no matter here.
    const there = [words.slice(0, 40), words.slice(-40)].some((part) => text.value.includes(part));
    item.classList.toggle("used", there);
    const box = item.querySelector("input[type=checkbox]");
    if (box) tick(box, there);
  }
}

function toLine(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] || "").length);
}

if (aside && text) {
  watch(text);
  for (const button of aside.querySelectorAll("button[hidden]")) button.hidden = false;
  aside.classList.add("live");
  aside.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.classList.contains("insert-piece")) insert(button);
    else if (button?.classList.contains("go-to-line")) toLine(Number(button.dataset.line));
  });
  text.addEventListener("input", follow);
}
