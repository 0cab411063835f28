// A film's board: dialogs that ask before anything is made, and assets that are dragged or pinned to places.

import { fetched } from "./page.js";

const board = document.querySelector("[data-film]");
const said = board.querySelector("[data-said]");
const [ask, pin] = ["ask", "pin"].map((id) => document.getElementById(id));
const MIME = "application/x-director-assets";
const WORKSPACE = new URLSearchParams({ workspace: board.dataset.workspace });

// It opens at once: to reckon what something costs takes a moment.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id !== "asked" || ask.open) return;
  document.getElementById("asked").replaceChildren(Object.assign(document.createElement("p"), { textContent: "Reckoning what it costs …" }));
  ask.showModal();
});
document.body.addEventListener("htmx:responseError", (event) => {
  if (event.detail.target.id === "asked") document.getElementById("asked").textContent = "It cannot be told just now: close this, and try again";
});
ask.addEventListener("click", (event) => {
  if (event.target.matches("[data-close]")) ask.close();
  else if (event.target.dataset.use) pinTo(event.target.dataset.for, event.target.dataset.use);
});
// What is changed after it was priced is priced again before it can be asked for.
ask.addEventListener("input", ({ target }) => {
  const have = target.form?.querySelector("[data-have]");
  if (!have) return;
  if (target.matches("[name=maker]")) have.disabled = target.value !== target.defaultValue;
  if (target.matches("[name=medium]")) have.disabled = true;
});
// What has not changed is not drawn anew: a button keeps its place under the pointer, and the focus. An error is not what
// the film has come to, and is asked again.
let progress = "";
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "progress" || !detail.shouldSwap) return;
  detail.shouldSwap = detail.serverResponse !== progress;
  progress = detail.serverResponse;
});
// What "Up to date?" has found stands beside the pieces too.
document.body.addEventListener("htmx:afterSettle", () => {
  for (const { dataset } of board.querySelectorAll('[data-state="stale"]')) {
    const mark = board.querySelector(`[data-stale="${CSS.escape(dataset.slot)}"]`);
    if (mark) mark.hidden = false;
  }
});
// What could buy nothing is told at its field.
ask.addEventListener("input", (event) => {
  const { least, told } = event.target.dataset;
  if (least === undefined) return;
  event.target.setCustomValidity(Number(event.target.value) < Number(least) ? told : "");
});
ask.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[name=maker]")) return;
  event.preventDefault();
  ask.querySelector("[data-price]").click();
});
ask.addEventListener("submit", (event) => {
  // The key makes two presses one request; this spares the second.
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
});

async function send(method, path, body) {
  const answer = await fetched(`/api/v1/films/${board.dataset.film}/${path}?${WORKSPACE}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}

// What happened is said, and the board is fetched anew where one was.
async function change(method, path, body, words, place = "") {
  try {
    await send(method, path, body);
    say(words);
    sessionStorage.setItem("said", words);
    sessionStorage.setItem("place", place);
    location.reload();
  } catch (error) {
    if (ask.open) tell(error.message);
    else say(error.message, true);
  }
}

// In the dialog that is open: what is said on the board stands behind it.
function tell(words) {
  ask.querySelector("[data-wrong]")?.remove();
  const told = Object.assign(document.createElement("p"), { className: "notice", textContent: words });
  told.dataset.wrong = "";
  told.setAttribute("role", "alert");
  ask.querySelector("h2").after(told);
  told.scrollIntoView({ block: "nearest" });
}

function say(words, wrong = false) {
  said.textContent = words;
  said.className = wrong ? "notice" : "unseen";
  if (wrong) said.scrollIntoView({ block: "nearest" });
}

const before = sessionStorage.getItem("said");
if (before) {
  const place = sessionStorage.getItem("place");
  const next = [...(place ? [`[data-place="${CSS.escape(place)}"] a`, `[data-place="${CSS.escape(place)}"]`] : []), ".bin a", ".bin"];
  ["said", "place"].forEach((name) => sessionStorage.removeItem(name));
  say(before);
  next.map((each) => board.querySelector(each)).find(Boolean)?.focus();
}

const pinTo = (place, id) => change("PUT", `pins/${encodeURIComponent(place)}`, { asset: id }, `Pinned to ${place.replace(":", " ")}`, place);

board.addEventListener("click", (event) => {
  const at = event.target.closest("button");
  if (!at) return;
  if (at.dataset.unpin) change("DELETE", `pins/${encodeURIComponent(at.dataset.unpin)}`, undefined, "Unpinned", at.dataset.unpin);
  else if (at.dataset.leave) change("POST", "bin/leave", { ids: [at.dataset.leave] }, "Taken out of the bin");
  else if (at.dataset.pin) choose(at);
});

// The same as dragging, by keyboard.
async function choose(button) {
  const { type, name } = button.dataset;
  const select = pin.querySelector("select");
  const [told, act] = [pin.querySelector("[data-told]"), pin.querySelector("[value=pin]")];
  const offer = (places) => {
    select.replaceChildren(...places.map((place) => new Option(place.replace(":", " "), place)));
    told.textContent = places.length ? "" : `The film has no place for ${name}, as far as it is planned`;
    act.disabled = !places.length;
    if (places.length) select.focus();
  };
  offer([...board.querySelectorAll(`[data-place][data-type="${type}"]`)].map(({ dataset }) => dataset.place));
  pin.querySelector("[data-what]").textContent = name;
  pin.onclose = () => pin.returnValue && select.value && pinTo(select.value, button.dataset.pin);
  pin.returnValue = "";
  pin.showModal();
  if (board.querySelector(".shot")) return;
  // Its shots are not planned: what places its page has is told on paper.
  told.textContent = "Looking which places its page has …";
  try {
    const answer = await fetched(`/films/${board.dataset.film}/places?${WORKSPACE}&type=${type}`);
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
    offer(found);
  } catch (error) {
    told.textContent = error.message;
  }
}

board.addEventListener("dragstart", (event) => {
  const from = event.target.closest("[data-id]");
  if (!from) return;
  event.dataTransfer.setData(MIME, JSON.stringify([from.dataset.id]));
  event.dataTransfer.setData("text/uri-list", new URL(`/assets/${from.dataset.id}`, location).href);
});

const zone = (event) => event.target.closest?.("[data-place], [data-bin]");

for (const name of ["dragenter", "dragover"]) {
  board.addEventListener(name, (event) => {
    const at = zone(event);
    if (!at || !event.dataTransfer.types.includes(MIME)) return;
    event.preventDefault();
    at.classList.add("over");
  });
}
board.addEventListener("dragleave", (event) => {
  const at = zone(event);
  if (at && !at.contains(event.relatedTarget)) at.classList.remove("over");
});
board.addEventListener("drop", (event) => {
  const at = zone(event);
  const given = event.dataTransfer.getData(MIME);
  if (!at || !given) return;
  event.preventDefault();
  at.classList.remove("over");
  const ids = JSON.parse(given);
  if (at.dataset.place === undefined) change("POST", "bin", { ids }, "Taken into the bin");
  else if (ids.length === 1) pinTo(at.dataset.place, ids[0]);
  else say(`One asset fills a place, and these are ${ids.length}: drop them on the bin`, true);
});
