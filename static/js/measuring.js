// Where characters of a text field stand in it, wrapped lines and all: browsers don't say.

// `font` alone is empty where one of its parts, as the ligatures, is set by itself.
const STYLES = [
  "fontFamily", "fontSize", "fontStyle", "fontWeight", "fontVariantLigatures", "letterSpacing", "lineHeight",
  "padding", "tabSize",
];
const mirror = document.createElement("div");
mirror.className = "text-mirror";
mirror.setAttribute("aria-hidden", "true");

// [{top, left}] in px from the field's content, before it is scrolled. `offsets` in order, from 0.
export function placesOf(text, offsets) {
  const style = getComputedStyle(text);
  for (const name of STYLES) mirror.style[name] = style[name];
  mirror.style.width = `${text.clientWidth}px`;
  const { value } = text;
  const marks = offsets.map(() => document.createElement("span"));
  const parts = offsets.flatMap((offset, n) => [value.slice(offsets[n - 1] ?? 0, offset), marks[n]]);
  // A mark holds no room of its own, so the character behind it must follow.
  mirror.replaceChildren(...parts, value.slice(offsets.at(-1) ?? 0) || "\u200b");
  document.getElementById("content").append(mirror);
  const places = marks.map((mark) => ({ top: mark.offsetTop, left: mark.offsetLeft }));
  mirror.remove();
  return places;
}
