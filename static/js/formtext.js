// The fields of a form as text: read, compared with what the server sent, and put in again.

const TECHNICAL = /^(csrfmiddlewaretoken|kept_text|_.*|mine-.*|clash-.*|(.+-)?merged_from)$|__prefix__|-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/;
const ROW = /^(.+)-(\d+)-(.+)$/;

const isField = (node) => node.name && !TECHNICAL.test(node.name) && !node.disabled
  && !["submit", "button", "reset", "file", "image", "password", "radio", "fieldset"].includes(node.type);

export const within = (node) => (node.type === "checkbox" ? (node.checked ? "on" : "") : node.value);

// The value the page came with, whatever was typed or restored by the browser since.
export function storedValue(node) {
  if (node.type === "checkbox") return node.defaultChecked ? "on" : "";
  if (!(node instanceof HTMLSelectElement)) return node.defaultValue;
  const chosen = [...node.options].find((option) => option.defaultSelected) || node.options[0];
  return chosen ? chosen.value : "";
}

// {fields: every value by name, edited: names of those that differ from what came, shown: names seen}.
export function read(form) {
  const fields = {};
  const edited = [];
  const shown = [];
  for (const node of form.elements) {
    if (!isField(node)) continue;
    fields[node.name] = within(node);
    if (node.type === "hidden") continue;
    shown.push(node.name);
    if (within(node) !== storedValue(node)) edited.push(node.name);
  }
  return { fields, edited, shown };
}

export function labelOf(node) {
  const label = node?.labels?.[0]?.textContent.trim().replace(/:$/, "") || node?.name || "";
  const row = node?.name.match(ROW);
  return row ? `${label} (row ${Number(row[2]) + 1})` : label;
}

// A value as people read it: of a list the words of the choice, of a tick yes or no.
export function wordsOf(node, value) {
  if (node instanceof HTMLSelectElement) {
    return [...node.options].find((option) => option.value === value)?.textContent.trim() || value;
  }
  if (node?.type === "checkbox") return value ? "yes" : "no";
  return value;
}

// Where each text of a record belongs in the form: [{name, value, target}]; target is null where the
// row is not in the form (it is new, or was deleted). Rows are known by their id, not their place.
export function filled(form, kept) {
  const names = namesOf(form, kept);
  const used = new Set();
  const rows = new Map();
  return names.map((name) => {
    const value = kept.fields[name];
    const row = name.match(ROW);
    if (!row || !form.elements.namedItem(`${row[1]}-TOTAL_FORMS`)) {
      return { name, value, target: form.elements.namedItem(name) };
    }
    const [, prefix, number, field] = row;
    const at = `${prefix}-${number}`;
    if (!rows.has(at)) rows.set(at, rowFor(form, kept, prefix, number, used));
    const found = rows.get(at);
    return { name, value, target: found === null ? null : form.elements.namedItem(`${prefix}-${found}-${field}`) };
  });
}

// For what was deleted meanwhile, a new form takes everything; else only what was changed is put in.
function namesOf(form, kept) {
  const fresh = !form.elements.namedItem("started_from")?.value;
  if (!fresh || kept.object?.includes(":new")) return kept.edited;
  return Object.keys(kept.fields).filter((name) => {
    const node = form.elements.namedItem(name);
    return kept.edited.includes(name) || (node && node.type !== "hidden" && !ROW.test(name));
  });
}

const total = (form, prefix, which = "TOTAL") => Number(form.elements.namedItem(`${prefix}-${which}_FORMS`).value);

function rowFor(form, kept, prefix, number, used) {
  const id = kept.fields[`${prefix}-${number}-id`];
  const count = total(form, prefix);
  for (let n = 0; id && n < count; n += 1) {
    if (form.elements.namedItem(`${prefix}-${n}-id`)?.value === id) return n;
  }
  const texts = kept.edited.filter((name) => name.startsWith(`${prefix}-${number}-`));
  for (let n = 0; !id && n < count; n += 1) {
    const same = texts.every((name) => {
      const node = form.elements.namedItem(name.replace(`${prefix}-${number}-`, `${prefix}-${n}-`));
      return node && within(node) === kept.fields[name];
    });
    if (same && !used.has(`${prefix}-${n}`)) {
      used.add(`${prefix}-${n}`);
      return n;
    }
  }
  for (let n = total(form, prefix, "INITIAL"); n < count; n += 1) {
    if (used.has(`${prefix}-${n}`) || !isEmpty(form, `${prefix}-${n}-`)) continue;
    used.add(`${prefix}-${n}`);
    return n;
  }
  return null;
}

function isEmpty(form, lead) {
  return [...form.elements].every((node) => !node.name.startsWith(lead) || !isField(node)
    || node.type === "hidden" || within(node) === storedValue(node));
}

// Put a record's text in, with rows added as needed and the version it began from. Returns the labels
// of what could not be put in.
export function fill(form, kept) {
  let places = filled(form, kept);
  for (const { name, target } of places) {
    if (target || !ROW.test(name)) continue;
    const group = document.getElementById(`${name.match(ROW)[1]}-group`);
    group?.querySelector(".add-row a")?.click();
    places = filled(form, kept);
    if (places.every((place) => place.target)) break;
  }
  const left = [];
  for (const { name, value, target } of places) {
    if (!target || !set(target, value)) left.push(kept.labels?.[name] || name);
  }
  const sameObject = form.elements.namedItem("started_from")?.value !== "";
  for (const [name, value] of Object.entries(kept.fields)) {
    if (!sameObject || !/(^|-)(started_from|private_version)$/.test(name)) continue;
    const row = name.match(ROW);
    if (!row) set(form.elements.namedItem(name), value);
    else {
      const place = kept.fields[`${row[1]}-${row[2]}-id`] ? rowFor(form, kept, row[1], row[2], new Set()) : null;
      const touched = kept.edited.some((edited) => edited.startsWith(`${row[1]}-${row[2]}-`));
      const node = place === null ? null : form.elements.namedItem(`${row[1]}-${place}-started_from`);
      if (touched && node?.value) set(node, value);
    }
  }
  return left;
}

function set(node, value) {
  if (within(node) === value) return true;
  if (node instanceof HTMLSelectElement && ![...node.options].some((option) => option.value === value)) return false;
  if (node.type === "checkbox") node.checked = value === "on";
  else node.value = value;
  node.dispatchEvent(new Event("input", { bubbles: true }));
  node.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// The fields as they were read before; a row that has been added since is emptied.
export function restore(form, fields) {
  for (const node of [...form.elements]) {
    if (isField(node)) set(node, node.name in fields ? fields[node.name] : storedValue(node));
  }
}
