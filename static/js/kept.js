// Texts that are not saved yet, kept in this browser: one record for each form that somebody types in.
//
// In IndexedDB, since what it has committed outlives a killed browser; localStorage is written out
// seconds later. A record: {id, rev, user, object, version, address, title, kind, report, when, words,
// fields, edited, labels, from}. `rev` counts its writes, `edited` names the fields that were changed,
// `from` the records (id and rev) whose text it holds as well.

const DAYS = 60;
const SAVED = "saved_texts"; // the cookie by which the server says what it has stored

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("unsaved", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("texts", { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function run(mode, act) {
  // "relaxed": handed to the system, which outlives the browser, without waiting for the disk at each key.
  const step = (await open()).transaction("texts", mode, { durability: "relaxed" });
  return new Promise((resolve, reject) => {
    const request = act(step.objectStore("texts"));
    step.oncomplete = () => resolve(request.result);
    step.onabort = () => reject(step.error);
    // Without it, a step begun while the page is being left would be given up.
    if (mode === "readwrite") step.commit();
  });
}

export const put = (record) => run("readwrite", (texts) => texts.put(record));
export const remove = (id) => run("readwrite", (texts) => texts.delete(id));
export const get = (id) => run("readonly", (texts) => texts.get(id));

// `crypto.randomUUID` exists over https only, and a lab's server may be on plain http.
export const newId = () => [...crypto.getRandomValues(new Uint8Array(10))]
  .map((byte) => byte.toString(36).padStart(2, "0")).join("");

// Every record, newest first, without those too old and those whose text another record holds as well.
export async function all() {
  await settle();
  const records = await run("readonly", (texts) => texts.getAll());
  const oldest = Date.now() - DAYS * 86400000;
  for (const record of records) if (record.when < oldest) await remove(record.id);
  const held = new Map(records.flatMap((record) => record.from));
  return records
    .filter(({ id, rev, when }) => when >= oldest && !(held.get(id) >= rev))
    .sort((a, b) => b.when - a.when);
}

// What the server has stored goes, unless more was typed after it had been sent.
export async function settle() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${SAVED}=`));
  if (!cookie) return;
  for (const entry of cookie.slice(SAVED.length + 1).split("_")) {
    const [id, rev, version] = entry.split(".");
    const record = await get(id);
    const more = record?.rev > Number(rev);
    if (record && version.startsWith("private")) {
      // Only the body was kept, and readers don't see it: what else was changed is still unsaved.
      const other = record.edited.filter((name) => !["body", "change_note", "minor"].includes(name));
      const fields = { ...record.fields, private_version: version.slice("private".length) };
      if (more || other.length) await put({ ...record, fields, edited: more ? record.edited : other });
      else await remove(id);
    } else if (more) {
      // It began from what was stored by that save, then.
      if (!record.object.includes(":new")) {
        await put({ ...record, version, fields: { ...record.fields, started_from: version } });
      }
    } else {
      await remove(id);
    }
  }
  document.cookie = `${SAVED}=; Path=/; Max-Age=0; SameSite=Lax`;
}

export const wordsIn = (text) => (text.match(/\S+/g) || []).length;
export const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// "14:05 today", "14:05 yesterday", "14:05 on 3 March 2026".
export function when(ms) {
  const at = new Date(ms);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(ms).setHours(0, 0, 0, 0)) / 86400000);
  if (daysAgo === 0) return `${time} today`;
  if (daysAgo === 1) return `${time} yesterday`;
  return `${time} on ${at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })}`;
}

export function button(label, act, className = "btn") {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className, textContent: label });
  made.addEventListener("click", act);
  return made;
}

export function element(name, className = "", ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}
