// Words put into a text at its caret, so that Undo takes them out again and whoever listens sees them.

// Where the caret was in a text before a button, or another field, took it.
const carets = new WeakMap();
const watched = new WeakSet();

export function watch(text) {
  if (watched.has(text)) return;
  watched.add(text);
  text.addEventListener("blur", () => carets.set(text, text.selectionEnd));
}

// As typing does it: one step of the browser's own Undo, and an `input` event. Where a browser has no such
// command, the words are set in its place, and the event is sent.
export function type(text, words, from, to = from) {
  text.focus();
  text.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, words)) return;
  text.setRangeText(words, from, to, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

// `alone`: as a paragraph of its own. Else within the line, unless it is one by its nature.
export function into(text, words, alone = false) {
  // Where nobody has put the caret yet: at the end, as a paragraph of its own.
  let at = carets.get(text) ?? text.value.length;
  // A picture is a paragraph of its own: after an upload the caret stands in its description.
  const start = text.value.lastIndexOf("\n", at - 1) + 1;
  const end = text.value.indexOf("\n", at) < 0 ? text.value.length : text.value.indexOf("\n", at);
  const picture = /!\[[^\]\n]*\]\([^)\n]*\)/;
  const within = picture.test(text.value.slice(start, end));
  if (within) at = end;
  const before = text.value.slice(0, at);
  const beside = within || new RegExp(`${picture.source}[ \\t]*\\n$`).test(before);
  const block = alone || beside || words.startsWith("[[") || !carets.has(text);
  const lead = block ? (!before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n")
    : (!before || /\s$/.test(before) ? "" : " ");
  const after = text.value.slice(at);
  const tail = block ? (!after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n")
    : (!after || /^[\s.,;:!?)]/.test(after) ? "" : " ");
  type(text, `${lead}${words}${tail}`, at);
  text.setSelectionRange(at + lead.length + words.length, at + lead.length + words.length);
  carets.set(text, text.selectionEnd);
}
