// Who else has this form open: asked at once and every 20 s while the page is in sight. Without it the
// form is as safe: what two have changed is brought together when the second one saves.

import { newId, when } from "./kept.js";

const EVERY = 20000;
const SAME = 60000; // ms in which a page of this tab that comes after another still counts as the same visit

const line = document.getElementById("here");
const form = line?.closest("form");
const kind = document.getElementById("editing")?.dataset.kindName;
const tab = newId();
let since = "";
let instead = "";

// A save leads to a new page in the same tab, which goes on from the one before.
const place = `open:${line?.dataset.url}`;

function goOn() {
  try {
    const before = JSON.parse(sessionStorage.getItem(place));
    if (before && Date.now() - before.seen < SAME) ({ since, tab: instead } = before);
  } catch {
    // A browser without storage: each page counts by itself.
  }
}

function remember() {
  try {
    sessionStorage.setItem(place, JSON.stringify({ tab, since, seen: Date.now() }));
  } catch {
    // As above.
  }
}

function send(fields, keepalive = false) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ tab, ...fields })) body.append(name, value);
  const headers = { "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value };
  return fetch(line.dataset.url, { method: "POST", body, headers, keepalive });
}

const at = (ms) => when(ms).replace(" today", "");

function sentence({ others, own, version }) {
  const said = [];
  if (others.length === 1) said.push(`${others[0].name} has had this ${kind} open since ${at(others[0].since)}.`);
  else if (others.length) {
    const people = others.map((other) => `${other.name} (since ${at(other.since)})`);
    said.push(`${people.slice(0, -1).join(", ")} and ${people.at(-1)} have this ${kind} open.`);
  }
  if (own) said.push(`You have it open in another tab, since ${at(own)}.`);
  if (said.length) said.push("What is changed in both is merged on saving.");
  const began = form.elements.namedItem("started_from")?.value;
  if (began && String(version) !== began) said.push("It has been saved since you opened it: when you save, both texts are merged.");
  return said.join(" ");
}

// Only what is new is put in, since it is read out.
function say(words) {
  if (line.textContent !== words) line.textContent = words;
}

async function ask() {
  let answer;
  try {
    answer = await send({ since, instead });
  } catch {
    return say(""); // who is there can't be known without the server
  }
  const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  const data = json ? await answer.json() : {};
  if (!answer.ok) return say(data.error || "");
  since = data.since;
  instead = "";
  remember();
  say(sentence(data));
}

if (line && form) {
  goOn();
  ask();
  setInterval(() => { if (!document.hidden) ask(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("pagehide", () => send({ leaving: "yes" }, true).catch(() => {}));
  addEventListener("pageshow", ({ persisted }) => { if (persisted) ask(); });
}
