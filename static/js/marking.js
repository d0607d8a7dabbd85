// Bold, italic, lists and web addresses, by button or key, and an address pasted over words. Each is one
// step of the browser's own Undo. Without it the marks are typed.

import { type } from "./inserting.js";

const ADDRESS = /^https?:\/\/[^\s<>()]+$/i;
const isText = (node) => node instanceof HTMLTextAreaElement && node.classList.contains("src");

function put(text, from, to, words, start, end) {
  type(text, words, from, to);
  text.setSelectionRange(from + start, from + end);
}

// `mark` around the chosen words, or away from them where it is; the words stay chosen.
function around(text, mark) {
  const { value } = text;
  let [from, to] = [text.selectionStart, text.selectionEnd];
  while (from < to && /\s/.test(value[from])) from += 1;
  while (to > from && /\s/.test(value[to - 1])) to -= 1;
  const words = value.slice(from, to);
  const size = mark.length;
  const stars = (at, step) => {
    let count = 0;
    while (value[at + count * step] === "*") count += 1;
    return count;
  };
  // Nothing is chosen: the key that began the mark ends it again.
  if (!words && stars(from - 1, -1) >= size && stars(to, 1) >= size) return put(text, from - size, to + size, "", 0, 0);
  if (!words && stars(to, 1) >= size) return text.setSelectionRange(to + size, to + size);
  const outside = Math.min(stars(from - 1, -1), stars(to, 1));
  // Three stars are both bold and italic.
  const has = (count) => count === size || count === 3;
  const inner = words.match(/^(\*+)([^]*?)(\*+)$/);
  if (words && has(outside)) return put(text, from - size, to + size, words, 0, words.length);
  if (inner && inner[1].length === inner[3].length && has(inner[1].length) && !inner[2].includes("*")) {
    const bare = words.slice(size, -size);
    return put(text, from, to, bare, 0, bare.length);
  }
  // A mark that spans paragraphs is none: each gets its own.
  const LISTED = /^(\s*(?:[-+*]|\d+[.)])\s+)(.*\S)/gm; // a mark before the sign of a list undoes it
  const each = (part) => (part.match(LISTED) ? part.replace(LISTED, `$1${mark}$2${mark}`) : mark + part + mark);
  const marked = words.split(/(\n\s*\n)/).map((part, n) => (n % 2 || (words && !part) ? part : each(part))).join("");
  const one = !/\n\s*\n/.test(words) && !words.match(LISTED);
  put(text, from, to, marked, one ? size : 0, one ? size + words.length : marked.length);
}

function list(text) {
  const { value } = text;
  const from = value.lastIndexOf("\n", text.selectionStart - 1) + 1;
  const found = value.indexOf("\n", Math.max(text.selectionEnd - (text.selectionEnd > text.selectionStart ? 1 : 0), from));
  const to = found < 0 ? value.length : found;
  const lines = value.slice(from, to).split("\n");
  const full = lines.filter((line) => line.trim());
  const listed = full.length && full.every((line) => /^\s*- /.test(line));
  const words = lines.map((line) => {
    if (listed) return line.replace(/^(\s*)- /, "$1");
    return line.trim() || !full.length ? line.replace(/^(\s*)(- )?/, "$1- ") : line;
  }).join("\n");
  put(text, from, to, words, full.length > 1 ? 0 : words.length, words.length);
}

// A link of the chosen words, its address chosen to be typed; the address itself where that is chosen.
function link(text, address = "") {
  const [from, to] = [text.selectionStart, text.selectionEnd];
  const chosen = text.value.slice(from, to);
  const itself = ADDRESS.test(chosen.trim());
  const words = itself ? "" : chosen.replace(/[[\]]/g, "\\$&");
  const target = itself ? chosen.trim() : address || "https://";
  const made = `[${words}](${target})`;
  if (!words) return put(text, from, to, made, 1, 1);
  if (address) return put(text, from, to, made, made.length, made.length);
  put(text, from, to, made, words.length + 3, made.length - 1);
}

const MARKS = { bold: (text) => around(text, "**"), italic: (text) => around(text, "*"), list, link };
const KEYS = { b: "bold", i: "italic", k: "link" };

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-mark]");
  if (button) MARKS[button.dataset.mark](button.closest(".markdown").querySelector("textarea.src"));
});
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.altKey || event.isComposing) return;
  const mark = (event.ctrlKey || event.metaKey) && !event.shiftKey && KEYS[key.toLowerCase()];
  if (mark && isText(target)) {
    event.preventDefault();
    MARKS[mark](target);
  }
  // One stop of the Tab key for all of them; the arrows go from one to the next.
  const bar = target.closest?.(".marks");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!bar || !step) return;
  const buttons = [...bar.querySelectorAll("button")];
  const next = buttons.at((buttons.indexOf(target) + step) % buttons.length);
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
  event.preventDefault();
});
document.addEventListener("paste", (event) => {
  const text = event.target;
  const address = event.clipboardData.getData("text/plain").trim();
  if (!isText(text) || !ADDRESS.test(address)) return;
  const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
  if (!chosen.trim() || chosen.includes("\n") || ADDRESS.test(chosen.trim())) return;
  event.preventDefault();
  link(text, address);
});
