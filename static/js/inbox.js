// One key files the scrap that is marked. Without it, each scrap has its buttons.

const scraps = () => [...document.querySelectorAll(".scrap")];
let marked = 0;

function mark(number) {
  const all = scraps();
  if (!all.length) return;
  marked = Math.max(0, Math.min(number, all.length - 1));
  all.forEach((scrap, n) => scrap.classList.toggle("marked", n === marked));
  all[marked].focus({ preventScroll: true });
  all[marked].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    mark(marked + (event.key === "ArrowDown" ? 1 : -1));
    return;
  }
  if (event.repeat) return; // a key that is held down files one scrap, and not those on the next page, too
  const where = event.key === "u" ? document : scraps()[marked];
  const button = where?.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("focusin", (event) => {
  const scrap = event.target.closest(".scrap");
  if (scrap) scraps().forEach((one, n) => {
    one.classList.toggle("marked", one === scrap);
    if (one === scrap) marked = n;
  });
});

mark(Math.max(0, scraps().findIndex((scrap) => `#${scrap.id}` === location.hash)));
