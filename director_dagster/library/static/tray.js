// Into a film: what is dragged may be dropped on a film or on New film; the same by the toolbar's button, or the key a.

import { typing } from "./keys.js";
import { focused, many, say, selected } from "./select.js";

const bar = document.querySelector("[data-toolbar]");
const tray = document.querySelector("[data-tray]");
const dialog = document.getElementById("filming");
const TYPE = "application/x-director-assets";
const SHOWN = 50;
const MOST = 1000;
let films;
let taken;

const at = (path) => `${path}${bar.dataset.workspace}`;

async function known() {
  films ??= fetch(at("/api/v1/films")).then((answer) => answer.json()).catch(() => { films = undefined; return []; });
  return films;
}

function begin(ids, fork) {
  const address = new URL(at("/new-film"), location);
  if (fork) address.searchParams.set("fork", "1");
  ids.forEach((id) => address.searchParams.append("asset", id));
  location.href = address;
}

// One film, or the new one, takes them: as they are, or a fork of each.
async function into(film, ids, fork = false) {
  if (ids.length > MOST) return say(`Up to ${MOST.toLocaleString("en")} are taken at once, and these are ${many(ids.length)}`);
  if (!film) return begin(ids, fork);
  taken = undefined;
  const told = await post(`/api/v1/films/${film.film}/bin`, { ids, fork });
  if (!told) return undefined;
  taken = !fork && told.ids.length ? { film, ids: told.ids } : undefined;
  const worth = Number(told.worth_usd) ? `; $${Number(told.worth_usd).toFixed(2)} are saved once the film uses it` : "";
  const before = ids.length - told.ids.length;
  const there = before ? `${told.ids.length ? "; " : ""}${many(before)} lay there already` : "";
  const now = told.ids.length ? `${many(told.ids.length)} ${fork ? "forked into" : "in"} the bin of ${film.title}${worth}` : `In the bin of ${film.title}: `;
  return tell(`${now}${there}`, film);
}

// What was taken just now lies in the bin no more.
async function out() {
  const { film, ids } = taken;
  taken = undefined;
  const told = await post(`/api/v1/films/${film.film}/bin/leave`, { ids });
  if (told) tell(`${many(told.ids.length)} out of the bin of ${film.title} again`, film);
}

/** The answer to a POST; where it is refused, that is told, and there is none. */
export async function post(path, body) {
  const answer = await fetch(at(path), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (answer.ok) return told;
  tell(told.detail);
  return undefined;
}

/** Tell it in the toolbar, with a link to the film that it is about. */
export function tell(text, film) {
  const told = bar.querySelector("[data-told]");
  told.hidden = bar.hidden = false;
  bar.querySelector("[data-chosen]").hidden = !selected().ids.length;
  told.querySelector("[data-text]").textContent = text;
  told.querySelector("[data-act=undo]").hidden = true;
  const back = told.querySelector("[data-act=out]");
  if (back === document.activeElement) bar.focus();
  back.hidden = !taken;
  const more = told.querySelector("[data-more]");
  more.hidden = !film;
  if (film) more.href = at(film.page);
  say(text);
}

async function open() {
  const { ids, filter } = selected();
  if (filter) return say(`All that fits is selected: select up to ${MOST.toLocaleString("en")} of them`);
  if (!ids.length) return undefined;
  const there = await known();
  const select = dialog.querySelector("select");
  select.replaceChildren(...there.map((film, number) => new Option(film.title, number)), new Option("New film …", ""));
  dialog.querySelector("[data-number]").textContent = many(ids.length);
  dialog.querySelector("[name=fork]").checked = true;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue && into(there[select.value], ids, dialog.querySelector("#forking").checked);
  return dialog.showModal();
}

async function lay() {
  const there = await known();
  tray.querySelector("ul").replaceChildren(...[...there.slice(0, SHOWN), undefined].map((film) => {
    const target = document.createElement("li");
    target.append(place(film ? film.title : "New film", film, false), place("as a fork", film, true));
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
    into(film, JSON.parse(event.dataTransfer.getData(TYPE)), fork);
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
    else if (act === "out") out();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "a" && !typing(event) && focused()) { event.preventDefault(); open(); }
  });
}
