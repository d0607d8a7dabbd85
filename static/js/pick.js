// Suggestions for a field that names a row of the report. Without it the name is typed by hand.

const WAIT = 200; // ms after the last key
let lists = 0;
const timers = new WeakMap();

function listOf(input) {
  const kept = input.getAttribute("list");
  if (kept) return document.getElementById(kept);
  const list = document.createElement("datalist");
  list.id = `suggested-${(lists += 1)}`;
  input.setAttribute("list", list.id);
  input.after(list);
  return list;
}

async function suggest(input) {
  const address = new URL(input.dataset.suggest, location.href);
  address.searchParams.set("q", input.value);
  try {
    const answer = await fetch(address);
    if (!answer.ok || answer.redirected) return;
    const { rows } = await answer.json();
    listOf(input).replaceChildren(...rows.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = value;
      option.label = label;
      return option;
    }));
  } catch {
    // No suggestions, then; the field works as it is.
  }
}

for (const kind of ["focusin", "input"]) {
  document.addEventListener(kind, ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.dataset.suggest) return;
    clearTimeout(timers.get(target));
    timers.set(target, setTimeout(suggest, WAIT, target));
  });
}
