// Pasted words belong to no field of the form, so they are kept by themselves, and stand in theirs again
// when the form is opened anew: nothing else could be in it.

import { all, newId, put, remove, when, wordsIn } from "./kept.js";

// Keeps what is typed into `pasted`; calls `shown` with a time if words of before stand in it now.
export async function keeping(pasted, shown) {
  const { user, kind, object, report } = document.getElementById("editing").dataset;
  const own = { id: newId(), user, object: `${kind}:${object || `new:${report}`}#paste`, from: [], rev: 0 };
  let before = [];
  pasted.addEventListener("input", () => {
    const words = pasted.value;
    own.rev += 1;
    const record = {
      ...own, kind, report, kindName: "pasted quotation", version: "", when: Date.now(), words: wordsIn(words),
      address: location.pathname + location.search, edited: ["paste"], fields: { paste: words },
      title: document.querySelector("#content h1")?.textContent.trim() || "", labels: { paste: "Pasted quotation" },
    };
    const held = before.splice(0);
    const step = words.trim() ? put(record) : remove(own.id);
    step.then(() => Promise.all(held.map(remove))).catch(() => {}); // a browser that keeps nothing
  });
  try {
    before = (await all()).filter((kept) => kept.user === user && kept.object === own.object);
  } catch {
    return;
  }
  if (!before.length || pasted.value) return void (before = []);
  // Two windows can have left words each.
  pasted.value = before.map(({ fields }) => fields.paste).join("\n\n");
  shown(when(before[0].when));
  before = before.map(({ id }) => id);
}
