// Text and preview scroll in step, paragraph by paragraph. Without it each is scrolled by itself.

import { placesOf } from "./measuring.js";

const pairs = new WeakMap(); // text: its lines and the preview's blocks as [top, top], until either changes
const begun = new WeakMap(); // preview: the blocks in it, each with its line of the text
let driver = null; // the pane that somebody moves; the other one only follows

const panes = (node) => {
  const box = node.closest?.(".markdown.live:not(.short)");
  const text = box?.querySelector("textarea.src");
  const shown = box?.querySelector(".see .text");
  return text && shown && (node === text || node === shown) ? { text, shown } : null;
};

function pair(text, shown) {
  const known = pairs.get(text);
  if (known?.width === text.clientWidth && known.height === shown.scrollHeight) return known.list;
  const starts = [0];
  for (let at = text.value.indexOf("\n"); at >= 0; at = text.value.indexOf("\n", at + 1)) starts.push(at + 1);
  const blocks = (begun.get(shown) || []).map(([line, block]) => [starts[line - 1], block]).filter(([at]) => at !== undefined);
  const tops = placesOf(text, blocks.map(([at]) => at));
  const margin = blocks.length ? blocks[0][1].offsetTop : 0;
  const list = blocks.map(([, block], n) => [tops[n].top - tops[0].top, block.offsetTop - margin]);
  pairs.set(text, { list, width: text.clientWidth, height: shown.scrollHeight });
  return list;
}

// Where the other pane belongs when this one is at `y`: in between what is paired, in proportion.
function across(list, y, from, most, ends) {
  if (y >= most - 1) return ends; // both come to their ends together
  const points = [[0, 0], ...list, [Infinity, Infinity]];
  const after = points.findIndex((point) => point[from] > y);
  const [start, end] = [points[after - 1], points[after]];
  if (end[from] === Infinity) return start[1 - from] + (y - start[from]);
  return start[1 - from] + ((y - start[from]) / (end[from] - start[from])) * (end[1 - from] - start[1 - from]);
}

const room = (pane) => pane.scrollHeight - pane.clientHeight;

function follow(node) {
  const found = panes(node);
  if (!found) return;
  const { text, shown } = found;
  const from = node === text ? 0 : 1;
  const other = from ? text : shown;
  other.scrollTop = across(pair(text, shown), node.scrollTop, from, room(node), room(other));
}

for (const moved of ["wheel", "pointerdown", "touchstart", "keydown", "input"]) {
  addEventListener(moved, ({ target }) => {
    const pane = target.closest?.(".markdown.live textarea.src, .markdown.live .see .text");
    if (pane) driver = pane;
  }, { capture: true, passive: true });
}
let waiting = false;
addEventListener("scroll", ({ target }) => {
  if (waiting || target !== driver) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(driver); });
}, { capture: true, passive: true }); // a pane's scrolling doesn't bubble

// The preview is new, `parts` being [line of the text, HTML], and it stands where the text does. The server's
// HTML is made from the tree, tag by tag; the page's policy runs no script in it.
export function previewed(text, shown, parts) {
  const blocks = [];
  shown.replaceChildren(...parts.map(([line, html]) => {
    const part = document.createElement("template");
    part.innerHTML = html;
    if (line && part.content.firstElementChild) blocks.push([line, part.content.firstElementChild]);
    return part.content;
  }));
  begun.set(shown, blocks);
  pairs.delete(text);
  if (driver !== shown) follow(text);
}
