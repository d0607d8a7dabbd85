// `[@` offers the works of the report to cite, `[[` its parts to link or to place, searched while one
// types. Without it keys and slugs are typed by hand, and the preview says which of them are wrong.
//
// The field stays a text box of many lines, to which ARIA gives neither the role of a combobox nor
// `aria-expanded`: that the list is open, and how much is in it, the status line says.

import { type } from "./inserting.js";
import { element } from "./kept.js";
import { placesOf } from "./measuring.js";

const ROWS = 7; // shown at a time; the arrows move on
const EACH = 3; // of each kind, while nothing has been typed yet
const OLD = 30000; // ms after which the names are asked for again when the list opens
const CITING = /(^|[^\\])\[(?:[^[\]\n]*[\s;-])?@([^[\]@;,\n]{0,60})$/;
const LINKING = /(^|[^\\])\[\[((?! )[^[\]|\n]{0,80})$/;
const NAME = /^[\p{L}\p{N}_.:/-]*/u;
const CLOSING = /^[\p{L}\p{N}_.:/-]*(\|[^[\]\n]*)?\]\]/u;
const KINDS = {
  section: "section", quote: "quotation", event: "event", theory: "theory", paper: "paper",
  timeline: "all", theories: "all", picture: "picture",
};
const NO_UNDO = ["historyUndo", "historyRedo", "insertFromPaste", "insertFromDrop"];

const editing = document.getElementById("editing");
const address = editing?.dataset.namesUrl;
const canName = (node) => node instanceof HTMLTextAreaElement && node.classList.contains("src")
  && Boolean(node.closest(".markdown")?.querySelector(".name-it"));
const fold = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// ------------------------------------------------------------------ what can be named

let known = null;
let etag = "";
let asked = 0;
let asking = null;
let problem = "";

async function ask() {
  const answer = await fetch(address, { cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.status === 304) return;
  const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  if (answer.redirected || !json) throw new Error("You are signed out. Sign in again in another tab; your text stays here.");
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error);
  etag = answer.headers.get("ETag") || "";
  known = data.names.map((one) => ({
    ...one, words: fold(`${one.name} ${one.title} ${one.more}`), key: fold(one.name), head: fold(one.title),
    typed: fold(`${one.kind}:${one.name} ${KINDS[one.kind]}`),
  }));
}

function load() {
  if (asking || (known && Date.now() - asked < OLD)) return;
  asking = ask().then(
    () => { problem = ""; asked = Date.now(); },
    (error) => { problem = error instanceof TypeError ? "The server can’t be reached, so nothing is offered." : error.message; },
  ).finally(() => {
    asking = null;
    if (open) look(open.text);
  });
}

// Those that every word of the query fits, the likeliest first.
function fitting({ lead, query, alone, short }) {
  const places = (one) => (lead === "@" ? one.kind === "paper"
    : !(["timeline", "theories"].includes(one.kind) && (short || !alone)) && !(short && one.kind === "picture"));
  const all = (known || []).filter(places);
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (!words.length) {
    if (lead === "@") return all;
    return Object.keys(KINDS).flatMap((kind) => all.filter((one) => one.kind === kind).slice(0, EACH));
  }
  const sought = words.join(" ").replace(/^[a-z]+:/, "");
  const rank = (one) => {
    if (one.key.startsWith(sought)) return 0;
    if (one.head.startsWith(sought)) return 1;
    return ` ${one.head}`.includes(` ${sought}`) || one.key.includes(`-${sought}`) ? 2 : 3;
  };
  return all
    .filter((one) => words.every((word) => one.words.includes(word) || (lead === "[[" && one.typed.includes(word))))
    .map((one) => [rank(one), one]).sort(([a], [b]) => a - b).map(([, one]) => one);
}

// ------------------------------------------------------------------ where the caret stands

let open = null; // {text, lead, from, query, found, active, first}
let dismissed = null; // the place of a list that was closed, or of a name that was put in
let wording = null; // words that were selected when “Link” was pressed: they become the link's label

function placeOf(text) {
  const { value, selectionStart: caret, selectionEnd } = text;
  if (caret !== selectionEnd) return null;
  const line = value.slice(value.lastIndexOf("\n", caret - 1) + 1, caret);
  const linking = line.match(LINKING);
  if (linking) {
    const from = caret - linking[2].length - 2;
    const alone = !line.slice(0, line.length - linking[2].length - 2).trim();
    return { lead: "[[", from, query: linking[2], alone, short: text.closest(".short") !== null };
  }
  const citing = line.match(CITING);
  return citing ? { lead: "@", from: caret - citing[2].length - 1, query: citing[2] } : null;
}

function look(text, move = 0) {
  const place = placeOf(text);
  if (!place) dismissed = null;
  if (!place || document.activeElement !== text) return close();
  if (dismissed?.text === text && dismissed.from === place.from) return close();
  if (!open) load();
  let found = fitting(place);
  if (!found.length && wording?.from === place.from && wording.words === place.query) found = fitting({ ...place, query: "" });
  const same = open && open.from === place.from && open.query === place.query && open.found.length === found.length;
  const active = same ? (open.active + move + found.length) % (found.length || 1) : 0;
  let first = same ? open.first : 0;
  if (active < first) first = active;
  if (active >= first + ROWS) first = active - ROWS + 1;
  open = { ...place, text, found, active, first };
  show();
}

// ------------------------------------------------------------------ the list

const list = element("ul");
const hint = element("p", "hint");
const box = element("div", "names", list, hint);
const said = element("p", "vh");
let announcing;

function setUp() {
  Object.assign(list, { id: "names-list", role: "listbox" });
  box.hidden = true;
  said.setAttribute("role", "status");
  document.getElementById("content").append(box, said);
}

function say(words) {
  clearTimeout(announcing);
  announcing = setTimeout(() => { said.textContent = words; }, 150); // once the typing rests
}

function option(one, number) {
  const title = element("span", one.kind === "quote" ? "say" : "title", one.title);
  const made = element("li", "", element("span", "tag", KINDS[one.kind]), title, " ");
  if (one.kind !== "picture" && one.name) made.append(element("code", "", open.lead === "@" ? `@${one.name}` : one.name), " ");
  if (one.more) made.append(element("span", "where", one.more));
  Object.assign(made, { id: `names-${number}`, role: "option", ariaSelected: String(number === open.active) });
  made.ariaPosInSet = number + 1;
  made.ariaSetSize = open.found.length;
  made.dataset.number = number;
  return made;
}

function show() {
  const { text, lead, found, active, first, query } = open;
  const count = found.length;
  list.ariaLabel = lead === "@" ? "Works to cite" : "Parts of the report to link or to place";
  list.hidden = !count;
  list.replaceChildren(...found.slice(first, first + ROWS).map((one, n) => option(one, first + n)));
  let words;
  if (problem) words = problem;
  else if (!known) words = "Being looked up …";
  else if (!count && query) words = `Nothing here fits “${query}”. It stays as you type it.`;
  else if (!count) words = lead === "@" ? "This report has no works yet to cite." : "This report has no parts yet to link.";
  else words = `${count > ROWS ? `${active + 1} of ${count}` : `${count} fit${count === 1 ? "s" : ""}`}`;
  hint.replaceChildren(words);
  if (count) {
    hint.append(" · ↑ ↓ choose, Enter puts it in, Esc closes");
    say(`${count} ${count === 1 ? "fits" : "fit"}. Up and down choose, Enter puts in, Escape closes.`);
  } else say(words);
  if (box.hidden) box.hidden = false;
  text.setAttribute("aria-controls", "names-list");
  if (count) text.setAttribute("aria-activedescendant", `names-${active}`);
  else text.removeAttribute("aria-activedescendant");
  put();
}

// Below the name that is being typed, or above it where there is no room.
function put() {
  const { text, from } = open;
  const field = text.getBoundingClientRect();
  const line = parseFloat(getComputedStyle(text).lineHeight);
  const [mark] = placesOf(text, [from]);
  const y = Math.min(Math.max(mark.top - text.scrollTop, 0), field.height - line);
  const origin = (box.offsetParent || document.documentElement).getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const below = field.top + y + line;
  const above = field.top + y - height - 4;
  const top = below + height > innerHeight && above > 0 ? above : below;
  const left = Math.max(8, Math.min(field.left + mark.left, document.documentElement.clientWidth - width - 8));
  box.style.top = `${top - origin.top}px`;
  box.style.left = `${left - origin.left}px`;
}

function close() {
  if (!open) return;
  open.text.removeAttribute("aria-controls");
  open.text.removeAttribute("aria-activedescendant");
  open = null;
  box.hidden = true;
  say("");
}

// ------------------------------------------------------------------ putting it in

function accept(number) {
  const { text, lead, from, query, found } = open;
  const one = found[number];
  const caret = text.selectionEnd;
  const rest = text.value.slice(caret, caret + 400);
  let end = caret;
  let words;
  // The rest of a name that was there before goes with it, but only within brackets that are closed.
  if (lead === "@") {
    const closed = /^[^[\]\n]*\]/.test(rest);
    if (closed && query) end += rest.match(NAME)[0].length;
    words = `@${one.name}${closed ? "" : "]"}`;
  } else {
    const closed = rest.match(CLOSING);
    if (closed) end += closed[0].length;
    const own = wording?.from === from && wording.words !== one.title ? `|${wording.words}` : "";
    const label = ["section", "paper", "event", "theory"].includes(one.kind) ? own || closed?.[1] || "" : "";
    if (one.kind === "picture") words = `![${one.title}](${one.name})`;
    else words = one.name ? `[[${one.kind}:${one.name}${label}]]` : `[[${one.kind}]]`;
  }
  close();
  wording = null;
  dismissed = { text, from };
  type(text, words, from, end);
}

let begun = null; // where a button, and not a hand, has begun a name

function begin(button) {
  const text = button.closest(".markdown").querySelector("textarea.src");
  const { lead } = button.dataset;
  const { selectionStart: start, selectionEnd: end, value } = text;
  const chosen = value.slice(start, end);
  close();
  dismissed = null;
  if (lead === "[[" && chosen.trim() && chosen.length <= 80 && !/[[\]|\n]|^ /.test(chosen)) {
    wording = { from: start, words: chosen };
    type(text, `[[${chosen}`, start, end);
    begun = { text, at: start, lead, chosen };
  } else {
    type(text, lead, end);
    begun = { text, at: end, lead };
  }
  look(text);
}

// ------------------------------------------------------------------ listening

function key(event) {
  if (!open || event.target !== open.text || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  const { text, from, found, active } = open;
  if (event.key === "Escape") {
    // What the button put there, and nothing was typed behind, goes again.
    const { at, lead, chosen = "" } = begun || {};
    if (begun?.text === text && text.value.slice(at, text.selectionEnd) === lead + chosen) {
      type(text, chosen, at, text.selectionEnd);
      wording = null;
    }
    dismissed = { text, from };
    close();
  } else if (event.key === "Tab" && event.shiftKey) {
    return;
  } else if (!found.length) {
    return;
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    look(text, event.key === "ArrowDown" ? 1 : -1);
  } else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") {
    accept(active);
  } else {
    return;
  }
  event.preventDefault();
}

if (address) {
  setUp();
  document.addEventListener("focusin", ({ target }) => {
    if (!canName(target)) return;
    target.setAttribute("aria-autocomplete", "list");
    load();
  });
  document.addEventListener("focusout", ({ target }) => { if (open?.text === target) close(); });
  document.addEventListener("input", (event) => {
    if (!canName(event.target) || event.isComposing) return;
    if (open || !NO_UNDO.includes(event.inputType)) look(event.target);
  });
  document.addEventListener("selectionchange", () => {
    if (!open) return;
    const place = placeOf(open.text);
    if (place?.from !== open.from || place.query !== open.query) look(open.text);
  });
  document.addEventListener("keydown", key);
  document.addEventListener("scroll", ({ target }) => { if (open && target === open.text) put(); }, true);
  addEventListener("resize", close);
  // The field keeps the focus while an option is pressed.
  box.addEventListener("pointerdown", (event) => event.preventDefault());
  box.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-number]");
    if (open && chosen) accept(Number(chosen.dataset.number));
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".name-it");
    if (button) begin(button);
  });
}
