// Two comforts of the contents: open where there is room, and a mark on the section being read. "Edit" leads
// to the form of that section, after signing in; without scripts it leads to the desk.
const edit = document.getElementById("bar:edit");
const editHere = (place) => {
  const section = place.closest(".text > section section[id], .text > section[id]") || place;
  edit.href = edit.dataset.here.replace(/here\/$/, `${encodeURIComponent(section.id)}/`);
};
const contents = document.querySelector(".toc details");
if (contents) {
  const wide = matchMedia("(min-width: 62em)");
  const fit = () => { contents.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) contents.open = false;
  });

  const links = new Map([...contents.querySelectorAll("a[href^='#']")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  let current = null;
  // Where the address led to stands for what is read until the reader moves on by hand: the page glides there,
  // shifts while its fonts come, and a place near its end can't be brought to the top.
  let byHand = false;
  for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    addEventListener(moved, ({ target }) => {
      byHand ||= moved !== "pointerdown" || target === document.documentElement; // which is the scroll bar
    }, { passive: true });
  }
  const led = () => {
    const place = !byHand && document.getElementById(location.hash.slice(1));
    return place && sections.filter((section) => section.contains(place)).pop();
  };
  const mark = () => {
    const line = innerHeight * 0.3;
    let found = sections.filter((section) => section.getBoundingClientRect().top <= line).pop();
    if (innerHeight + scrollY >= document.documentElement.scrollHeight - 2) found = sections.at(-1);
    found = led() || found;
    const link = found && links.get(found.id);
    if (link === current) return;
    if (edit && found) editHere(found);
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "location");
    current = link;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  addEventListener("hashchange", () => { byHand = false; mark(); });
  mark();
}
