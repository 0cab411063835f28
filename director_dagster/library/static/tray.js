// Into a film: what is dragged may be dropped on a film or on New film; the same by the toolbar's button, or the key a.

import { typing } from "./keys.js";
import { ask, forget, tell } from "./bulk.js";
import { fetched } from "./page.js";
import { focused, how, many, selected } from "./select.js";

const bar = document.querySelector("[data-toolbar]");
const tray = document.querySelector("[data-tray]");
const dialog = document.getElementById("filming");
const TYPE = "application/x-director-assets";
const SHOWN = 50;
const MOST = 1000;
let films;

const at = (path) => `${path}${bar.dataset.workspace}`;

async function known() {
  films ??= fetched(at("/api/v1/films")).then((answer) => answer.json()).catch(() => { films = undefined; return []; });
  return films;
}

function begin(ids, fork) {
  const address = new URL(at("/new-film"), location);
  if (fork) address.searchParams.set("fork", "1");
  ids.forEach((id) => address.searchParams.append("asset", id));
  location.href = address;
}

// One film, or the new one, takes them: as they are, which is a batch, or a fork of each.
async function into(film, which, fork = false) {
  const { ids, filter } = which;
  if (ids.length > MOST) return tell(`Up to ${MOST.toLocaleString("en")} are taken at once, and these are ${many(ids.length)}`);
  if (film && !fork) return ask("use", which, { film: film.film });
  if (filter) return tell("All that fits is selected: it can be used in a film as it is; for a fork, or a new film, select what is to be taken");
  if (!film) return begin(ids, fork);
  const told = await post(`/api/v1/films/${film.film}/bin`, { ids, fork });
  if (!told) return undefined;
  forget();
  return tell(`${many(told.ids.length)} forked into the bin of ${film.title}`, { film: film.film });
}

/** The answer to a POST; where it is refused, that is told, and there is none. */
export async function post(path, body) {
  const answer = await fetched(at(path), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (answer.ok) return told;
  tell(told.detail);
  return undefined;
}

// By its title; where another one has it too, by its name as well.
function called({ film, title }, there) {
  return there.some((each) => each.film !== film && each.title === title) ? `${title} (${film})` : title;
}

async function open() {
  const which = selected();
  const { ids, filter, value, capped } = which;
  if (!ids.length) return undefined;
  if (filter && (capped || value > MOST)) {
    return tell(`Up to ${MOST.toLocaleString("en")} lie in a film's bin, and these are ${how(which)}: select fewer`);
  }
  const there = await known();
  const select = dialog.querySelector("select");
  select.replaceChildren(...there.map((film, number) => new Option(called(film, there), number)), new Option("New film …", ""));
  dialog.querySelector("[data-number]").textContent = filter ? how(which) : many(ids.length);
  dialog.querySelector("[name=fork]").checked = true;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue && into(there[select.value], which, dialog.querySelector("#forking").checked);
  return dialog.showModal();
}

async function lay() {
  const there = await known();
  tray.querySelector("ul").replaceChildren(...[...there.slice(0, SHOWN), undefined].map((film) => {
    const target = document.createElement("li");
    target.append(place(film ? called(film, there) : "New film", film, false), place("as a fork", film, true));
    return target;
  }));
}

// Where one drops it: to be used as it is, or forked.
function place(text, film, fork) {
  const target = Object.assign(document.createElement("span"), { textContent: text });
  target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    into(film, { ids: JSON.parse(event.dataTransfer.getData(TYPE)) }, fork);
  });
  return target;
}

if (bar && tray) {
  document.addEventListener("dragstart", (event) => {
    if (!event.dataTransfer.types.includes(TYPE)) return;
    lay();
    // Shown later: a page that moves under the pointer ends the drag.
    setTimeout(() => { tray.hidden = false; });
  });
  document.addEventListener("dragend", () => { tray.hidden = true; });
  bar.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "film") open();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "a" && !typing(event) && focused()) { event.preventDefault(); open(); }
  });
}
