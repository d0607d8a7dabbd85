// Remembers light or dark; without it the page follows the system. Loaded before anything is drawn.
(function () {
  var root = document.documentElement, key = "digestsite-theme", kept = null;
  try { kept = localStorage.getItem(key); } catch (e) { /* private windows may refuse */ }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  addEventListener("click", function (event) {
    if (!event.target.closest(".theme")) return;
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem(key, root.dataset.theme); } catch (e) { /* then it lasts for this page */ }
  });
})();
