// Checking the addresses outside, one request for each, so that what was typed stays and each is told of at
// once. Without this the button sends the form, and the page comes back with what is known then.

const button = document.getElementById("check-links");

async function ask(address) {
  const body = new FormData();
  body.append("address", address);
  const token = button.form.elements.csrfmiddlewaretoken.value;
  let response;
  try {
    response = await fetch(button.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": token } });
  } catch {
    throw new Error("The site could not be reached. Try again.");
  }
  if (!response.headers.get("Content-Type")?.includes("json")) {
    throw new Error(response.status === 403 ? "You are signed out. Sign in again in another tab, then try again." : `The site answered with status ${response.status}. Try again.`);
  }
  const answer = await response.json();
  return answer.error ? { state: "doubtful", named: "could not be looked at", said: answer.error } : answer;
}

const shape = (name) => {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("class", `m j-${name}`);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#w:${name}`);
  svg.append(use);
  return svg;
};

// The line of an address: put anew where the answer is bad, gone where it is good.
function show({ address, where, form }, answer) {
  const list = document.getElementById("recorded");
  [...list.children].find((line) => line.dataset.address === address)?.remove();
  if (answer.state === "good") return;
  const line = document.createElement("div");
  const what = document.createElement("div");
  const named = document.createElement("b");
  const link = document.createElement("a");
  line.className = "job";
  line.dataset.address = address;
  what.className = "what";
  named.textContent = answer.named[0].toUpperCase() + answer.named.slice(1);
  Object.assign(link, { href: address, rel: "noopener noreferrer", textContent: address });
  const place = document.createElement("span");
  place.className = "where";
  place.textContent = `${where}, asked just now. `;
  what.append(named, " ", link, document.createElement("br"), place, answer.said);
  const acts = document.createElement("div");
  const mend = document.createElement("a");
  const hidden = document.createElement("span");
  acts.className = "acts";
  hidden.className = "vh";
  hidden.textContent = `: ${address}`;
  Object.assign(mend, { className: "btn", href: form, textContent: "Mend" });
  mend.append(hidden);
  acts.append(mend);
  line.append(shape(answer.state === "dead" ? "mend" : "unchecked"), what, acts);
  list.append(line);
}

async function checkAll() {
  const status = button.parentElement.querySelector("[role=status]");
  const addresses = JSON.parse(button.dataset.addresses);
  const counts = { good: 0, dead: 0, doubtful: 0 };
  button.disabled = true;
  try {
    for (const [number, named] of addresses.entries()) {
      status.textContent = `${number + 1} of ${addresses.length}: ${named.address}`;
      const answer = await ask(named.address);
      counts[answer.state] += 1;
      show(named, answer);
    }
    document.getElementById("links-counted").textContent = `${addresses.length} of ${addresses.length} outside checked just now`;
    const none = document.querySelector(".none-dead");
    if (none) none.hidden = counts.dead + counts.doubtful > 0;
    status.textContent = `${counts.good} answer, ${counts.dead} dead, ${counts.doubtful} could not be looked at.`;
  } catch (error) {
    status.textContent = error.message;
  }
  button.disabled = false;
}

button?.addEventListener("click", (event) => {
  event.preventDefault();
  checkAll();
});
