// The texts that this browser keeps unsaved: listed on the desk, and named where a save was refused.

import { all, button, element, many, put, remove, settle, when } from "./kept.js";

const pathOf = (address) => new URL(address, location.href).pathname;

// ------------------------------------------------------------------ sign-in and error pages

// Only says that it is there, and leads back: who sits here is not known.
async function tell(box) {
  const path = pathOf(box.dataset.keptFor || location.href);
  const kept = (await all()).find(({ address }) => pathOf(address) === path);
  if (!kept) return;
  const said = `Your text is kept in this browser (${many(kept.words, "word")} of ${when(kept.when)}). `;
  const again = element("a", "btn go", "Open the form again");
  again.href = kept.address;
  const { lead } = box.dataset;
  box.replaceChildren(said, ...(lead === undefined ? [again, " It is offered there."] : [lead]));
  box.hidden = false;
}

// ------------------------------------------------------------------ the desk

// A row that was deleted has no form: its text goes into one for a new row.
async function wayTo(kept) {
  if (kept.object.includes(":new")) return [kept.address, false];
  const answer = await fetch(kept.address, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (!answer || answer.ok || answer.status >= 500) return [`${kept.address}#kept-${kept.id}`, false];
  const add = kept.address.replace(/\d+\/change\/.*$/, "add/");
  return [`${add}?report=${encodeURIComponent(kept.report)}#kept-${kept.id}`, true];
}

function line(kept) {
  const name = kept.object.includes(":new") ? `A new ${kept.kindName}` : kept.title || kept.kindName;
  const way = element("a", "", name);
  way.href = kept.address;
  const about = element("span", "where", ` ${kept.kindName}, ${many(kept.words, "word")} of ${when(kept.when)} `);
  const texts = kept.edited.map((field) => {
    const text = element("textarea", "", kept.fields[field]);
    text.readOnly = true;
    text.rows = Math.min(8, kept.fields[field].split("\n").length + 1);
    return element("label", "", kept.labels[field] || field, text);
  });
  const look = element("details", "", element("summary", "", "Read it"), ...texts);
  const away = button("Throw it away", async () => {
    await remove(kept.id);
    const back = button("Keep it after all", async () => {
      await put(kept);
      item.replaceWith(line(kept));
    }, "btn plain");
    item.replaceChildren(`“${name}” is thrown away. `, back);
    back.focus();
  }, "btn plain");
  const item = element("li", "", way, about, away, look);
  wayTo(kept).then(([address, deleted]) => {
    way.href = address;
    if (deleted) about.append("· deleted meanwhile; it opens as a new one ");
  });
  return item;
}

async function list(box) {
  const texts = (await all()).filter(({ user }) => user === box.dataset.user);
  if (!texts.length) return;
  box.querySelector("ol").replaceChildren(...texts.map(line));
  box.querySelector("h2").textContent = `${many(texts.length, "unsaved text")} in this browser`;
  box.hidden = false;
}

try {
  await settle();
  for (const box of document.querySelectorAll("[data-kept-for]")) await tell(box);
  const desk = document.getElementById("unsaved-texts");
  if (desk) await list(desk);
} catch {
  // A browser that keeps nothing has nothing to list.
}
