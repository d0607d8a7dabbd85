// Keeps the text of a form in this browser while it is typed, and offers it again after a crash, a lost
// session or a refused save. It puts nothing into the form by itself, and saves nothing on the server.

import { all, button, element, get, many, newId, put, remove, settle, when, wordsIn } from "./kept.js";
import { fill, filled, labelOf, read, restore, storedValue, within, wordsOf } from "./formtext.js";
import { compare } from "./worddiff.js";

const AT_ONCE = 3; // writes on their way: the next waits for one of them, and holds all that was typed meanwhile
const AROUND = 120; // letters of unchanged text shown beside a change
const SENDING = 10000; // ms after which a save that brought no page may be tried again

const editing = document.getElementById("editing");
const form = editing?.closest("form");
const bar = document.getElementById("unsaved");
const given = form?.elements.namedItem("kept_text");
const here = editing && { user: editing.dataset.user, version: editing.dataset.version, object: keyOf() };

// This page's own record, and those whose text it holds too: what was sent and came back, or was put in.
const own = { id: newId(), rev: 0, kept: false };
let from = [];
let carried = new Set();
let live = new Set(); // records that are being typed in another tab

function keyOf() {
  const { kind, object, report } = editing.dataset;
  // Another page of the rows, or the private text, is another form.
  const asked = new URLSearchParams(location.search);
  const part = ["rows", "private"].filter((name) => asked.get(name)).map((name) => `${name}=${asked.get(name)}`);
  return [`${kind}:${object || `new:${report}`}`, ...part].join("?");
}

// ------------------------------------------------------------------ keeping

let changed = false;
let onTheirWay = 0;

function record() {
  const { fields, edited } = read(form);
  const names = [...new Set([...edited, ...carried])].filter((name) => name in fields);
  const { kind, kindName, report } = editing.dataset;
  return {
    id: own.id, rev: own.rev, user: here.user, object: here.object, kind, kindName, report,
    version: form.elements.namedItem("started_from")?.value || "",
    address: location.pathname + location.search,
    title: document.querySelector("#content h1")?.textContent.trim() || "",
    when: Date.now(), fields, edited: names, from,
    labels: Object.fromEntries(names.map((name) => [name, labelOf(form.elements.namedItem(name))])),
    words: names.reduce((sum, name) => sum + wordsIn(wordsOf(form.elements.namedItem(name), fields[name])), 0),
  };
}

async function keep() {
  changed = false;
  own.rev += 1;
  const now = record();
  try {
    if (now.edited.length) {
      own.kept = true;
      await put(now);
    } else if (own.kept) {
      own.kept = false;
      await remove(own.id);
    }
  } catch (error) {
    say(`This browser can’t keep the text (${error.message}). It is only in this page until it is saved.`, true);
  }
}

// Each key is handed on at once, since a browser that is killed keeps only what has left the page.
async function typed() {
  changed = true;
  while (changed && onTheirWay < AT_ONCE) {
    onTheirWay += 1;
    await keep();
    onTheirWay -= 1;
  }
}

const flush = () => { if (changed) keep(); };

// ------------------------------------------------------------------ saving

let sending = 0;
let reached = false;

// A sign-in in another tab gave this browser a new token: the form, opened before it, follows.
function freshToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([A-Za-z0-9]{32})(?:;|$)/);
  if (cookie) form.elements.namedItem("csrfmiddlewaretoken").value = cookie[1];
}

async function submit(event) {
  if (Date.now() - sending < SENDING) {
    event.preventDefault();
    say("It is being saved. What you type now is kept in this browser.");
    return;
  }
  if (!navigator.onLine && !reached) {
    // A machine without a network can still reach a server on itself.
    event.preventDefault();
    const { submitter } = event;
    reached = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (reached) form.requestSubmit(submitter);
    else say("There is no network, so nothing was saved. Your text stays here, and is kept in this browser.", true);
    return;
  }
  reached = false;
  sending = Date.now();
  freshToken();
  keep();
  given.value = [[own.id, own.rev], ...from].map((entry) => entry.join(".")).slice(0, 8).join("_");
}

// ------------------------------------------------------------------ offering

function say(sentence, wrong = false) {
  const told = bar.querySelector(".said") || element("p", "said");
  told.textContent = sentence;
  told.classList.toggle("wrong", wrong);
  bar.append(told);
}

function sentence(kept) {
  const facts = [many(kept.words, "word")];
  if (kept.version) facts.push(`from version ${kept.version}`);
  let since = "";
  if (kept.version && here.version && kept.version !== here.version) {
    since = `; the stored text is newer: version ${here.version}`;
  }
  const other = live.has(kept.id) ? " It is open in another tab." : "";
  const gone = kept.object !== here.object && kept.object.includes(":new") === false && !editing.dataset.object;
  return `You have unsaved text of ${when(kept.when)} (${facts.join(", ")}${since}).`
    + `${gone ? " What it belonged to was deleted; saving adds it anew." : ""}${other}`;
}

function difference(kept) {
  const shown = element("div", "kept-difference");
  shown.tabIndex = -1;
  for (const { name, target, value } of filled(form, kept)) {
    const now = target ? wordsOf(target, target.type === "checkbox" ? (target.checked ? "on" : "") : target.value) : "";
    const then = wordsOf(target, value);
    if (now === then) continue;
    const text = element("div", "diff merging");
    const pieces = compare(now, then);
    pieces.forEach(([kind, words], n) => {
      if (kind === "gone") text.append(element("del", "", words));
      else if (kind === "new") text.append(element("ins", "", words));
      else text.append(...folded(words, n > 0, n < pieces.length - 1));
    });
    shown.append(element("h2", "", kept.labels[name] || name), text);
  }
  if (!shown.childElementCount) shown.append(element("p", "", "It is the same as what is in the form now."));
  else shown.prepend(element("p", "hint", "Struck out: only in the form now. Underlined: only in the kept text."));
  return shown;
}

// A long stretch that both have is cut to what stands next to a change.
function folded(words, before, after) {
  const head = before ? AROUND : 0;
  const tail = after ? AROUND : 0;
  if (words.length < head + tail + AROUND) return [words];
  const middle = words.slice(head, words.length - tail);
  const cut = element("details", "cut", element("summary", "", `${many(wordsIn(middle), "word")} that are the same`), middle);
  return [words.slice(0, head), cut, words.slice(words.length - tail)].filter((part) => part !== "");
}

function offer(kept) {
  const line = element("p", "what", sentence(kept));
  const acts = element("p", "acts");
  const box = element("div", "offer", line, acts);
  box.dataset.kept = kept.id;
  const show = button("Show the difference", () => {
    const open = box.querySelector(".kept-difference");
    show.setAttribute("aria-expanded", String(!open));
    if (open) open.remove();
    else box.append(difference(kept));
    show.textContent = open ? "Show the difference" : "Hide the difference";
  });
  show.setAttribute("aria-expanded", "false");
  const into = button("Put it into the form", () => takeIn(kept, box), "btn go");
  const away = button("Throw it away", async () => {
    await remove(kept.id);
    const back = button("Keep it after all", async () => {
      await put(kept);
      box.replaceWith(offer(kept));
      bar.querySelector(`[data-kept="${kept.id}"] button`).focus();
    });
    box.replaceChildren(element("p", "what", `The text of ${when(kept.when)} is thrown away. `, back));
    back.focus();
  });
  acts.append(into, show, away);
  return box;
}

// What stood in the form stays a text of its own, if it was typed; and one step leads back.
async function takeIn(kept, box) {
  const before = { fields: read(form).fields, own: { ...own }, from, carried };
  if (own.kept) {
    flush();
    own.id = newId();
    own.rev = 0;
    own.kept = false;
  }
  from = [[kept.id, kept.rev], ...kept.from, ...from];
  carried = new Set([...carried, ...kept.edited]);
  const left = fill(form, kept);
  await keep();
  const undo = button("Undo", async () => {
    await remove(own.id);
    Object.assign(own, before.own);
    from = before.from;
    carried = before.carried;
    restore(form, before.fields);
    box.replaceWith(offer(kept));
    bar.querySelector(`[data-kept="${kept.id}"] button`).focus();
  });
  const lost = left.length ? ` ${left.join(", ")} could not be put in: what it named is gone.` : "";
  box.replaceChildren(element("p", "what", `The text of ${when(kept.when)} is in the form, and not saved yet.${lost} `, undo));
  undo.focus();
}

// Those whose object has a "#" belong to a field that is no part of the form, and come back there.
const texts = async () => (await all())
  .filter(({ id, user, object }) => user === here.user && id !== own.id && !object.includes("#"));
const isIn = (places, valueOf) => places.every(({ target, value }) => target && valueOf(target) === value);

async function offers() {
  const sent = new Map(from);
  const asked = location.hash.startsWith("#kept-") ? location.hash.slice(6) : "";
  const found = [];
  for (const kept of await texts()) {
    if (kept.object !== here.object && kept.id !== asked) continue;
    if (sent.get(kept.id) >= kept.rev) continue;
    const places = filled(form, kept);
    const stored = isIn(places, storedValue);
    if (stored && !("sentBack" in editing.dataset)) await remove(kept.id);
    else if (!isIn(places, within)) found.push(kept);
  }
  bar.replaceChildren(...found.map(offer));
  return found;
}

// A browser puts what was typed into a form again when it is reloaded or come back to, whatever has
// been stored since, and the form would then claim to begin from that. So it stays only where nothing
// newer is stored; else it is offered like any other text.
async function putBackByBrowser() {
  const [{ type }] = performance.getEntriesByType("navigation");
  if (!["reload", "back_forward"].includes(type) || "sentBack" in editing.dataset || !read(form).edited.length) return;
  const same = (await texts()).filter((kept) => kept.object === here.object && isIn(filled(form, kept), within));
  const current = same.find((kept) => kept.version === here.version);
  if (current) {
    from.push([current.id, current.rev]);
    for (const name of current.edited) carried.add(name);
    return;
  }
  if (!same.length) {
    const now = record();
    await put({ ...now, id: newId(), version: "", fields: { ...now.fields, started_from: "" } });
  }
  restore(form, {});
}

// ------------------------------------------------------------------ start

async function begin() {
  from = (editing.dataset.sentBack?.match(/[0-9a-z]+\.\d+/g) || []).map((entry) => entry.split("."))
    .map(([id, rev]) => [id, Number(rev)]);
  const listen = ["input", "change"];
  for (const kind of listen) form.addEventListener(kind, typed);
  form.addEventListener("submit", submit);
  addEventListener("pagehide", flush);
  addEventListener("pageshow", ({ persisted }) => {
    sending = 0;
    if (persisted) settle();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) flush();
    else freshToken();
  });
  try {
    await settle();
    if ("sentBack" in editing.dataset) {
      const back = (await Promise.all(from.map(([id]) => get(id)))).filter(Boolean);
      const { shown } = read(form);
      carried = new Set([...carried, ...(back.length ? back.flatMap(({ edited }) => edited) : shown)]);
    }
    await putBackByBrowser();
    // What was typed before this script had come.
    const [{ type }] = performance.getEntriesByType("navigation");
    if (type === "navigate" && !("sentBack" in editing.dataset) && read(form).edited.length) typed();
    const found = await offers();
    const channel = new BroadcastChannel("unsaved");
    channel.addEventListener("message", ({ data }) => {
      if (data.asked === here.object && own.kept) channel.postMessage({ here: own.id });
      if (!data.here) return;
      live.add(data.here);
      const kept = found.find(({ id }) => id === data.here);
      const line = kept && bar.querySelector(`[data-kept="${kept.id}"] .what`);
      if (line && line.parentElement.querySelector(".acts")) line.textContent = sentence(kept);
    });
    channel.postMessage({ asked: here.object });
  } catch (error) {
    say(`This browser can’t keep unsaved texts (${error.message}). Save now and then.`, true);
  }
}

if (form && bar && given) begin();
