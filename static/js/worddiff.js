// Two texts compared word by word: the shortest list of what went and what came (Myers).

const MOST = 1500; // words that differ; beyond it the middle is shown as replaced whole

export const split = (text) => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) || [];

// [["same" | "gone" | "new", text], …]; "same" and "gone" together are `before`, "same" and "new" `after`.
export function compare(before, after) {
  const a = split(before);
  const b = split(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const middle = steps(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const pieces = [];
  const add = (kind, text) => {
    if (!text) return;
    if (pieces.length && pieces.at(-1)[0] === kind) pieces.at(-1)[1] += text;
    else pieces.push([kind, text]);
  };
  add("same", a.slice(0, start).join(""));
  for (const [kind, word] of middle) add(kind, word);
  add("same", a.slice(a.length - end).join(""));
  return pieces;
}

function steps(a, b) {
  const whole = [...a.map((word) => ["gone", word]), ...b.map((word) => ["new", word])];
  if (!a.length || !b.length) return whole;
  const reach = new Map([[1, 0]]);
  const past = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MOST); d += 1) {
    past.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1));
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return back(a, b, past);
    }
  }
  return whole;
}

function back(a, b, past) {
  const found = [];
  let x = a.length;
  let y = b.length;
  for (let d = past.length - 1; d >= 0; d -= 1) {
    const reach = past[d];
    const k = x - y;
    const down = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1));
    const fromX = d ? reach.get(down ? k + 1 : k - 1) : 0;
    const fromY = d ? fromX - (down ? k + 1 : k - 1) : 0;
    while (x > fromX && y > fromY) found.push(["same", a[(y -= 1, x -= 1)]]);
    if (d) found.push(down ? ["new", b[y -= 1]] : ["gone", a[x -= 1]]);
  }
  return found.reverse();
}
