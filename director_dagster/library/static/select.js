// Selection in the grid: by its boxes, by Shift, all that is loaded, all that fits; and how it is dragged.
//
// What is selected is kept here by id, not on the page: the grid empties blocks that are far away. Whoever adds an
// action puts a button into the toolbar and, when it is pressed, asks `selected()`.

import { typing } from "./keys.js";
import { fetched } from "./page.js";

const list = document.querySelector("[data-list]");
const bar = document.querySelector("[data-toolbar]");
const said = document.getElementById("said");
const one = bar?.dataset.one;  // on the page of one asset, that one
const TYPE = "application/x-director-assets";
const chosen = new Set();
const gone = new Set();
const stars = new Map();
const blocks = new WeakMap();
let all;      // { value, capped } once all that fits is selected, on the page or not
let anchor;   // from where on Shift selects
let counted;  // how many fit: asked for when it may matter, once

/** What is selected: `ids` that are loaded, or, where all that fits is, also the `filter` that it fits and its count. */
export const selected = () => one ? { ids: [one] } : ({ ids: loaded().filter((id) => chosen.has(id)), filter: all && filter(), ...all });

const filter = () => location.search || "?";
const cards = () => [...list.querySelectorAll(".card")];
const card = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);
const link = (id) => card(id)?.querySelector(":scope > a");
export const many = (number) => `${number.toLocaleString("en")} asset${number === 1 ? "" : "s"}`;
export const how = ({ value, capped }) => capped ? `${value.toLocaleString("en")}+ assets` : many(value);

// The ids of all that is loaded, in the order of the list: of a block that is emptied, those that it had.
export function loaded() {
  return [...list.querySelectorAll(".block")].flatMap((block) => blocks.get(block) ?? []).filter((id) => !gone.has(id));
}

if (list && bar) {
  list.classList.add("picks");
  new MutationObserver(sync).observe(list, { childList: true, subtree: true });
  sync();
  picking();
  dragging();
}
if (bar) keys();

// Cards that have come, or come again, show what is known of them by now.
function sync() {
  for (const block of list.querySelectorAll(".block")) {
    const there = [...block.querySelectorAll(".card")].map((each) => each.dataset.id);
    if (there.length) blocks.set(block, there);
  }
  for (const each of cards()) {
    const { id } = each.dataset;
    const on = chosen.has(id) || Boolean(all);
    each.hidden = gone.has(id);
    each.classList.toggle("selected", on);
    each.querySelector(".pick").checked = on;
    if (stars.has(id)) each.querySelector(".star").hidden = !stars.get(id);
  }
  if (all) loaded().forEach((id) => chosen.add(id));
}

function show() {
  sync();
  bar.hidden = !chosen.size && bar.querySelector("[data-told]").hidden;
  bar.querySelector("[data-chosen]").hidden = !chosen.size;
  bar.querySelector("[data-number]").textContent = all ? `All ${how(all)} that fit` : many(chosen.size);
  bar.querySelector("[data-all]").hidden = Boolean(all) || !chosen.size;
}

function toggle(id, on = !chosen.has(id)) {
  if (all) all = undefined;
  if (on) chosen.add(id);
  else chosen.delete(id);
  anchor = id;
}

function range(id) {
  const order = loaded();
  const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((one, other) => one - other);
  if (from < 0) return toggle(id, true);
  all = undefined;
  order.slice(from, to + 1).forEach((each) => chosen.add(each));
}

/** Just these of the list are selected, or, with `more`, these beside what was. */
export function choose(ids, more = []) {
  all = undefined;
  chosen.clear();
  [...more, ...ids].forEach((id) => chosen.add(id));
  show();
}

/** Assets that are no longer of this list are hidden, and one goes on at the next neighbour. */
export function leave(ids) {
  const order = loaded();
  ids.forEach((id) => { gone.add(id); chosen.delete(id); });
  moved();
  refocus(order);
}

/** Assets that are of this list again. */
export function comeBack(ids) {
  ids.forEach((id) => gone.delete(id));
  moved();
  link(ids.find(link))?.focus();
}

/** Assets that are favourites now, or no longer. */
export function star(ids, on) {
  ids.forEach((id) => stars.set(id, on));
  show();
}

/** What is hidden, of all that was loaded. */
export const left = () => [...gone];

function moved() {
  all = counted = undefined;
  if (!chosen.size) anchor = undefined;
  list.parentElement.querySelector("[data-empty]").hidden = loaded().length > 0;
  show();
  count();
}

function clear() {
  all = anchor = counted = undefined;
  chosen.clear();
  show();
}

// The keyboard goes on in the list, if it was in the bar.
function unselect() {
  const [first] = selected().ids;
  const inBar = bar.contains(document.activeElement);
  clear();
  if (inBar && first) link(first)?.focus();
}

function picking() {
  list.addEventListener("click", (event) => {
    if (!event.target.matches(".pick")) return;
    const { id } = event.target.closest(".card").dataset;
    if (event.shiftKey && anchor) range(id);
    else toggle(id, event.target.checked);
    show();
    count();
  });
  bar.querySelector("[data-all]").addEventListener("click", () => everything());
  bar.querySelector("[data-clear]").addEventListener("click", unselect);
}

/** Whether there is anything to act on; where nothing is selected, that is what has the focus. */
export function focused() {
  const here = document.activeElement.closest?.(".card");
  if (list && !chosen.size && here) {
    toggle(here.dataset.id, true);
    show();
  }
  return Boolean(one || chosen.size);
}

/** Ask how many fit, once it may matter. */
export function count() {
  if (!chosen.size) return undefined;
  counted ??= fetched(`/api/v1/assets/count${filter()}`).then((answer) => answer.json()).then((number) => {
    bar.querySelector("[data-all]").textContent = `Select all ${how(number)} that fit`;
    return number;
  }).catch(() => { counted = undefined; });
  return counted;
}

async function everything() {
  const number = await count();
  if (!number) return;
  all = number;
  loaded().forEach((id) => chosen.add(id));
  // Its button goes: the keyboard goes on in the bar.
  if (bar.querySelector("[data-all]") === document.activeElement) bar.focus();
  show();
  say(`All ${how(all)} that fit are selected`);
}

function keys() {
  const run = (act) => focused() && bar.querySelector(`[data-act="${act}"]`)?.click();
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement.closest?.(".card");
    const inField = event.target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable], dialog");
    if (list && (event.ctrlKey || event.metaKey) && event.key === "a" && !event.altKey && !event.shiftKey && !inField) {
      all = undefined;
      loaded().forEach((id) => chosen.add(id));
      say(`${many(chosen.size)} selected: all that is loaded`);
      show();
      count();
    } else if (typing(event)) {
      return;
    } else if (list && event.key === "Escape" && !bar.hidden) {
      bar.querySelector("[data-told]").hidden = true;
      unselect();
    } else if ((event.key === " " || event.key === "x") && here && !(event.key === " " && event.target.matches(".pick"))) {
      toggle(here.dataset.id);
      show();
      count();
    } else if (event.key === "f") run("favorite");
    else if (event.key === "F") run("unfavorite");
    else if (event.key === "t") run("tag");
    // Pressed once more, it must not take what has the focus next.
    else if (event.key === "b" && !bar.hidden) [...bar.querySelectorAll("button")].find((each) => each.offsetParent)?.focus();
    else if (event.key === "Delete" && (one || chosen.size)) run("delete");
    else return;
    event.preventDefault();
  });
}

// A selected card carries all that is selected and loaded, any other itself.
function dragging() {
  list.addEventListener("dragstart", (event) => {
    const id = event.target.closest?.(".card")?.dataset.id;
    if (!id) return;
    const ids = chosen.has(id) ? selected().ids : [id];
    const links = ids.map((each) => new URL(`/assets/${each}`, location).href).join("\r\n");
    event.dataTransfer.effectAllowed = "copyLink";
    event.dataTransfer.setData(TYPE, JSON.stringify(ids));
    event.dataTransfer.setData("text/uri-list", links);
    event.dataTransfer.setData("text/plain", links);
  });
}

// The next neighbour of what is gone, else the one before it.
function refocus(order) {
  const here = document.activeElement;
  if (here !== document.body && !here.closest(".card, [data-toolbar]")) return;
  const at = order.indexOf(here.closest(".card")?.dataset.id);
  const first = gone.has(order[at]) ? at : order.findIndex((id) => gone.has(id));
  if (first < 0) return;
  const near = [...order.slice(first), ...order.slice(0, first).reverse()].find((id) => !gone.has(id) && link(id));
  (near ? link(near) : bar).focus();
}

/** Say it to who does not see it. */
export function say(text) {
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}
