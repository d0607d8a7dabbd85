// The preview beside each Markdown text, and pictures dropped on it. Listens on the document, so that
// rows added later are served too. Without it the form is complete: text field, Save.

import { previewed } from "./instep.js";

const MERGING = /^(<{7} \d+ yours|>{7} \d+ theirs)$/m; // marks of a merge, which Markdown reads as quotations
const WAIT = 300; // ms after the last key
const timers = new WeakMap();
const running = new WeakMap();

const editing = () => document.getElementById("editing");
const token = () => document.querySelector("#content [name=csrfmiddlewaretoken]").value;
const isText = (node) => node instanceof HTMLTextAreaElement && node.classList.contains("src");
const boxOf = (node) => node.closest(".markdown");

// The row a text belongs to: an inline row carries its own id, the form's own text the form's.
function rowOf(text) {
  const prefix = text.name.match(/^(.+-\d+)-/);
  if (!prefix) return editing().dataset.object;
  const id = text.form.elements.namedItem(`${prefix[1]}-id`);
  return id ? id.value : "";
}

async function post(address, fields, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  let answer;
  try {
    answer = await fetch(address, { method: "POST", body, signal, headers: { "X-CSRFToken": token() } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server can’t be reached. Your text stays here; try again in a moment.");
  }
  const known = (answer.headers.get("Content-Type") || "").startsWith("application/json");
  const data = known ? await answer.json() : {};
  if (answer.ok && known) return data;
  if (data.error) throw new Error(data.error);
  if (answer.status === 403) throw new Error("You are signed out. Sign in again in another tab; your text stays here.");
  if (answer.status === 400 || answer.status === 413) throw new Error("The server refused this as too large.");
  throw new Error(`The server answered ${answer.status}. Your text stays here.`);
}

// ------------------------------------------------------------------ preview

async function preview(text) {
  const box = boxOf(text);
  const state = box.querySelector(".see .state");
  running.get(text)?.abort();
  if (MERGING.test(text.value)) {
    previewed(text, box.querySelector(".see .text"), []);
    list(box, text, []);
    state.textContent = "It comes once the merge is settled.";
    return;
  }
  const control = new AbortController();
  running.set(text, control);
  const { report, previewUrl } = editing().dataset;
  const { model, field } = text.dataset;
  try {
    const data = await post(
      previewUrl, { model, object: rowOf(text), report, field, text: text.value }, control.signal);
    previewed(text, box.querySelector(".see .text"), data.parts);
    list(box, text, data.problems);
    state.textContent = data.problems.length ? `${data.problems.length} to mend` : "";
    box.dataset.previewed = "yes";
  } catch (error) {
    if (error.name !== "AbortError") state.textContent = error.message;
  }
}

function list(box, text, problems) {
  const found = box.querySelector(".found");
  found.hidden = !problems.length;
  found.replaceChildren(...problems.map((problem) => {
    const item = document.createElement("li");
    if (problem.line) {
      const go = document.createElement("button");
      go.type = "button";
      go.className = "btn plain";
      go.textContent = `Line ${problem.line}`;
      go.addEventListener("click", () => toLine(text, problem.line));
      item.append(go, " ");
    }
    item.append(problem.message);
    return item;
  }));
}

function tally(text) {
  const words = (text.value.match(/\S+/g) || []).length;
  boxOf(text).querySelector(".count").textContent = words ? `${words.toLocaleString("en-GB")} word${words === 1 ? "" : "s"}` : "";
}

function soon(text) {
  clearTimeout(timers.get(text));
  timers.set(text, setTimeout(preview, WAIT, text));
}

function toLine(text, line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] || "").length);
  // Browsers scroll to the caret only when something is typed; lines that wrap make this a good guess.
  text.scrollTop = (text.scrollHeight * (line - 3)) / Math.max(lines.length, 1);
}

// ------------------------------------------------------------------ pictures

function say(text, message, wrong) {
  const said = boxOf(text).querySelector(".told");
  said.textContent = message;
  said.classList.toggle("wrong", Boolean(wrong));
}

// What is wrong with a file, looked at here before anything is sent; "" if nothing is. The server looks again.
async function amiss(file, maxBytes, maxPixels) {
  const name = `“${file.name}”`;
  const mega = (bytes) => `${(bytes / 1048576).toLocaleString("en-GB", { maximumFractionDigits: 1 })} MB`;
  if (!/\.(png|gif|jpe?g|webp)$/i.test(file.name)) {
    return `${name} is no PNG, JPEG, WebP or GIF, going by its name. Save it as one of these first.`;
  }
  if (file.size > maxBytes) return `${name} has ${mega(file.size)}, and ${mega(maxBytes)} are the most. Make it smaller first.`;
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return `${name} can’t be read as a picture: it is broken, or of another kind. Open it and save it anew.`;
  }
  const pixels = picture.width * picture.height;
  picture.close();
  if (pixels <= maxPixels) return "";
  return `${name} has ${(pixels / 1e6).toFixed(1)} million pixels, and ${maxPixels / 1e6} million are the most. Scale it down first.`;
}

async function add(text, files) {
  const { maxBytes, maxPixels } = boxOf(text).dataset;
  const { report, uploadUrl } = editing().dataset;
  if (boxOf(text).classList.contains("short")) {
    say(text, "No pictures here: they belong into the text of a section, a theory or the report.", true);
    return;
  }
  const refused = [];
  for (const file of files) {
    const wrong = await amiss(file, Number(maxBytes), Number(maxPixels));
    if (wrong) {
      refused.push(wrong);
      say(text, refused.join(" "), true);
      continue;
    }
    say(text, `“${file.name}” is being sent …`);
    try {
      const kept = await post(uploadUrl, { report, file });
      insert(text, kept.alt || "what it shows", kept.address);
      say(text, [...refused, `“${kept.name}” is in the text. Say in the brackets what it shows.`].join(" "), refused.length);
    } catch (error) {
      refused.push(error.message);
      say(text, refused.join(" "), true);
    }
  }
}

// At the caret, as a paragraph of its own, with the description selected to be put right.
function insert(text, alt, address) {
  const { value } = text;
  let at = text.selectionEnd;
  // After the last picture the caret stands in its description: the next one goes behind it, not into it.
  for (const shown of value.matchAll(/!\[[^\]\n]*\]\([^)\n]*\)/g)) {
    if (shown.index < at && at < shown.index + shown[0].length) at = shown.index + shown[0].length;
  }
  const before = value.slice(0, at);
  const lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = value.slice(at).startsWith("\n") || at === value.length ? "\n" : "\n\n";
  text.setRangeText(`${lead}![${alt}](${address})${tail}`, at, at, "end");
  const start = at + lead.length + 2;
  text.focus();
  text.setSelectionRange(start, start + alt.length);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

const pictures = (transfer) => [...(transfer?.files || [])];

document.addEventListener("dragover", (event) => {
  if (isText(event.target) && [...event.dataTransfer.types].includes("Files")) {
    event.preventDefault();
    event.target.classList.add("over");
  }
});
document.addEventListener("dragleave", (event) => {
  if (isText(event.target)) event.target.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!isText(event.target) || !pictures(event.dataTransfer).length) return;
  event.preventDefault();
  event.target.classList.remove("over");
  add(event.target, pictures(event.dataTransfer));
});
document.addEventListener("paste", (event) => {
  // A copied table or paragraph brings its own picture along: where there is text, the text is meant.
  const { clipboardData: data } = event;
  if (!isText(event.target) || !pictures(data).length || data.types.includes("text/plain")) return;
  event.preventDefault();
  add(event.target, pictures(data));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest(".add-picture");
  if (button) boxOf(button).querySelector(".picture-file").click();
});
document.addEventListener("change", (event) => {
  if (!event.target.classList.contains("picture-file")) return;
  add(boxOf(event.target).querySelector("textarea[name]"), [...event.target.files]);
  event.target.value = "";
});

// ------------------------------------------------------------------ start

document.addEventListener("input", (event) => {
  if (!isText(event.target)) return;
  // What was refused is said until the next thing happens, no longer.
  if (boxOf(event.target).querySelector(".told.wrong")) say(event.target, "");
  tally(event.target);
  soon(event.target);
});
document.addEventListener("focusin", (event) => {
  if (isText(event.target) && !boxOf(event.target).dataset.previewed) soon(event.target);
});
document.addEventListener("keydown", (event) => {
  const form = editing()?.closest("form");
  if (!form || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "s") return;
  const save = form.querySelector("[name=_continue]") || form.querySelector("[name=_save]");
  if (!save) return;
  // At once, in the same turn: what the fields hold at this key is what is sent.
  event.preventDefault();
  if (!event.repeat) form.requestSubmit(save);
});

function begin(root) {
  for (const text of root.querySelectorAll("textarea.src")) {
    if (text.name.includes("__prefix__")) continue;
    for (const part of boxOf(text).querySelectorAll(".pane-head, .pane-foot, .see")) part.hidden = false;
    boxOf(text).classList.add("live");
    tally(text);
    // Texts of inline rows are previewed when they are entered: fifty rows are not fifty requests.
    if (text.value.trim() && !/-\d+-/.test(text.name)) preview(text);
  }
}

if (editing()?.dataset.report) {
  begin(document);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof Element) begin(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
  const line = Number(new URLSearchParams(location.search).get("line"));
  const target = document.querySelector(location.hash ? `textarea${CSS.escape(location.hash).replace("\\#", "#")}` : "textarea.src");
  if (line > 0 && isText(target)) toLine(target, line);
}
