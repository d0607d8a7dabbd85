// The verdict on a quotation while it is typed, and “Paste a quotation” above a section's text.
// Without it the form shows the verdict on the stored words, and its mends are submit buttons.

import { into, watch } from "./inserting.js";
import { keeping } from "./pasted.js";

const WAIT = 350; // ms after the last key
const timers = new WeakMap();
const running = new WeakMap();

const editing = () => document.getElementById("editing");
const token = () => document.querySelector("#content [name=csrfmiddlewaretoken]").value;

async function post(address, fields, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, signal, headers: { "X-CSRFToken": token() } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server can’t be reached. Your words stay here; try again in a moment.");
  }
  const known = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  const data = known ? await answer.json() : {};
  if (answer.ok && known) return data;
  throw new Error(data.error || "The words could not be checked. Sign in again in another tab; they stay here.");
}

// Ask once the typing pauses; an older question is dropped.
function soon(box, ask) {
  clearTimeout(timers.get(box));
  timers.set(box, setTimeout(async () => {
    running.get(box)?.abort();
    const control = new AbortController();
    running.set(box, control);
    try {
      // The server's HTML is made by its own template; the page's policy runs no script in it.
      box.innerHTML = (await ask(control.signal)).html;
    } catch (error) {
      if (error.name !== "AbortError") box.textContent = error.message;
    }
  }, WAIT));
}

function set(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// ------------------------------------------------------------------ the form of a quotation

const verdict = document.getElementById("verdict");
if (verdict && editing()?.dataset.report) {
  const fields = verdict.closest("form").elements;
  const ask = (signal) => post(verdict.dataset.url, {
    report: editing().dataset.report, source: fields.source.value, words: fields.text.value,
    page: fields.locator.value, any_page: "anyPage" in verdict.dataset ? "yes" : "",
  }, signal);
  for (const kind of ["input", "change"]) {
    verdict.closest("form").addEventListener(kind, ({ target }) => {
      if ([fields.text, fields.source, fields.locator].includes(target)) soon(verdict, ask);
    });
  }
  verdict.addEventListener("click", (event) => {
    const button = event.target.closest("[data-words]");
    if (!button) return;
    event.preventDefault();
    fields.locator.value = button.dataset.page;
    set(fields.text, button.dataset.words);
    fields.text.focus();
  });
}

// ------------------------------------------------------------------ paste a quotation

function begin(box) {
  const pasted = box.querySelector("textarea");
  const got = box.querySelector(".answer");
  const text = box.closest(".markdown").querySelector("textarea.src");
  const { report } = editing().dataset;
  const ask = (signal) => post(box.dataset.find, { report, words: pasted.value }, signal);
  box.hidden = false;
  watch(text);
  pasted.addEventListener("input", (event) => {
    event.stopPropagation();
    soon(got, ask);
  });
  keeping(pasted, (since) => {
    got.textContent = `Kept in this browser since ${since}.`;
    soon(got, ask);
  });
  got.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    const { words, insert, keep } = button.dataset;
    let verdict = "";
    let placed = insert;
    if (words !== undefined) return void set(pasted, words);
    if (insert === undefined) {
      button.disabled = true;
      try {
        const kept = await post(box.dataset.keep, { report, source: keep, words: pasted.value });
        placed = kept.insert;
        verdict = `${kept.said}. `;
      } catch (error) {
        button.disabled = false;
        got.querySelector(".got span").textContent = error.message;
        return;
      }
    }
    into(text, placed);
    set(pasted, "");
    clearTimeout(timers.get(got)); // the empty field asks nothing
    got.textContent = verdict + "It stands in the text now. Save to keep it there.";
  });
}

if (editing()?.dataset.report) for (const box of document.querySelectorAll(".insert[data-find]")) begin(box);
