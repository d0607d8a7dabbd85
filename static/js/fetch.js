// Fetching sources from the desk: one request for each, so that each is told of as soon as it is done.
// Without this the same buttons send their forms, and the page comes back when all is done.

const line = (form) => {
  const what = form.closest(".job").querySelector(".what");
  let said = what.querySelector(".told");
  if (!said) {
    said = document.createElement("span");
    said.className = "told";
    said.setAttribute("role", "status");
    what.append(document.createElement("br"), said);
  }
  return said;
};

async function fetchOne(form) {
  const button = form.querySelector("button");
  const said = line(form);
  button.disabled = true;
  said.classList.remove("failed");
  said.textContent = "Fetching …";
  let answer;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!response.headers.get("Content-Type")?.includes("json")) {
      throw new Error(`The site answered with status ${response.status}. Reload this page, then try again.`);
    }
    answer = await response.json();
  } catch (error) {
    const gone = error instanceof TypeError;
    answer = { failed: true, said: gone ? "The site could not be reached. Try again." : error.message };
  }
  said.textContent = answer.said;
  said.classList.toggle("failed", answer.failed);
  button.disabled = !answer.failed;
  return !answer.failed;
}

async function fetchAll(form) {
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  const waiting = [...document.querySelectorAll("form[data-fetch]")].filter((one) => !one.querySelector("button").disabled);
  let kept = 0;
  button.disabled = true;
  for (const [number, one] of waiting.entries()) {
    status.textContent = `${number + 1} of ${waiting.length} …`;
    if (await fetchOne(one)) kept += 1;
  }
  status.textContent = `${kept} of ${waiting.length} kept. `;
  const again = document.createElement("a");
  again.href = location.href.split("#")[0];
  again.textContent = "Show the desk as it is now";
  status.append(again);
  button.disabled = kept === waiting.length;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-fetch]")) {
    event.preventDefault();
    fetchOne(form);
  } else if (form.matches("form[data-fetch-all]")) {
    event.preventDefault();
    fetchAll(form);
  }
});
