// The bookmarklet opens this page with the selection behind the "#", and its token: kept at once.
// Without a token, or if the server can't be reached, the words are in the form, ready to be kept, and
// `drafts.js` keeps them in this browser as if they had been typed.

const box = document.querySelector("[data-capture]");
const said = document.getElementById("captured");
const form = document.getElementById("capture-form");
const sent = new URLSearchParams(location.hash.slice(1));

function say(text, wrong) {
  said.hidden = false;
  said.textContent = text;
  said.classList.toggle("warn", Boolean(wrong));
}

const typed = () => form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));

async function keep(token) {
  const fields = Object.fromEntries(["text", "address", "title"].map((name) => [name, sent.get(name) || ""]));
  say("Being kept …");
  try {
    const answer = await fetch(box.dataset.capture, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
    const data = await answer.json();
    if (!answer.ok) throw new Error(data.error);
    form.reset();
    form.elements.text.value = "";
    typed();
    say(["Kept in the inbox.", data.said, ...data.warnings].filter(Boolean).join(" "));
  } catch (error) {
    say(`${error.message || "The server can’t be reached."} The words are below: keep them from here.`, true);
    typed();
  }
}

if (sent.has("text")) {
  for (const name of ["text", "address", "title"]) form.elements[name].value = sent.get(name) || "";
  const token = sent.get("token");
  history.replaceState(null, "", location.pathname); // neither words nor token stay in the browser's history
  typed();
  if (token && form.elements.text.value.trim()) keep(token);
}
