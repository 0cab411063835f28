// What is done to all that is selected: each press is a batch, told of while it lasts and taken back by Undo.

import { typing } from "./keys.js";
import { fetched } from "./page.js";
import { comeBack, how, leave, left, loaded, many, say, selected, star } from "./select.js";

const bar = document.querySelector("[data-toolbar]");
const DONE = {
  tag: () => "tagged", untag: () => "untagged", delete: () => "put into the trash", restore: () => "had back from the trash",
  favorite: (one) => one ? "is a favourite" : "are favourites",
  unfavorite: (one) => one ? "is no favourite any more" : "are no favourites any more",
  use: () => "taken into the bin of", leave: () => "taken out of the bin of",
};
const FIRST_MS = 300;
const EVERY_MS = 1000;

let busy = false;
const done = [];  // what can be taken back, the newest last

if (bar) acting();

function acting() {
  const dialog = document.getElementById("tagging");
  const form = dialog.querySelector("form");
  bar.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (!act || busy) return;
    if (act === "undo") undo();
    else if (act === "export") download();
    else if (act === "tag") open();
    else if (act in DONE) ask(act, selected());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || typing(event) || busy) return;
    if (done.length) undo();
    else tell("Nothing is left to be taken back of what was done since this page was opened; Recent changes has what was done before");
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "cancel") ask(event.submitter?.value || "tag", selected(), { tag: form.elements.tag.value.trim() });
  });

  function open() {
    const known = document.querySelectorAll('.facet[data-field="tag"] .label');
    document.getElementById("tags").replaceChildren(...[...known].map((tag) => new Option(tag.textContent)));
    form.elements.tag.value = "";
    dialog.showModal();
  }
}

function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One verb for what is selected, about a tag or a film. An answer that is lost is asked for again, by the same key. */
export async function ask(verb, { ids, filter, value, capped }, about = {}) {
  if (busy) return;
  const which = filter ? { filter, expected_count: value, capped } : { ids };
  const body = JSON.stringify({ ...which, ...about });
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key() };
  await follow(`/api/v1/assets:${verb}`, { method: "POST", headers, body });
}

async function undo() {
  const { id } = done.at(-1);
  await follow(`/api/v1/batches/${id}:undo`, { method: "POST" });
}

async function follow(path, options) {
  busy = true;
  bar.setAttribute("aria-busy", "true");
  try {
    let batch = await sent(path, options).catch((error) => {
      if (error instanceof TypeError) return sent(path, options);
      throw error;
    });
    let silent = false;
    for (let wait = FIRST_MS; batch.state === "working"; wait = EVERY_MS) {
      const far = `${batch.done.toLocaleString("en")} of ${many(batch.total)}`;
      tell(silent ? `The library does not answer; it goes on after ${far} as soon as it does` : `Working: ${far}`, { batch });
      await new Promise((ready) => { setTimeout(ready, wait); });
      const now = await known(batch.id);
      silent = !now;
      batch = now ?? batch;
    }
    finished(batch);
  } catch (error) {
    tell(error.message);
  } finally {
    busy = false;
    bar.setAttribute("aria-busy", "false");
  }
}

// The batch as it is now; nothing while the library is not reached.
async function known(id) {
  return sent(`/api/v1/batches/${id}`, {}).catch((error) => {
    if (error instanceof TypeError) return undefined;
    throw error;
  });
}

async function sent(path, options) {
  const answer = await fetched(`${path}${bar.dataset.workspace}`, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}

function finished(batch) {
  if (batch.undoes) done.pop();
  else if (batch.changed) done.push(batch);
  tell(what(batch), { batch });
  if (batch.film) return;
  if (bar.dataset.one) {
    if (batch.changed) location.reload();
    return;
  }
  const ids = changed(batch);
  document.querySelector("[data-counts]")?.dispatchEvent(new Event("refresh"));
  if (batch.verb.endsWith("favorite")) star(ids, batch.verb === "favorite");
  if (!decides(batch)) return;
  if (["tag", "favorite"].includes(batch.verb) || (batch.verb === "restore") !== (bar.dataset.shows === "trash")) comeBack(ids);
  else leave(ids);
}

// Whether what was changed decides of what is in this list.
function decides({ verb, tag }) {
  const asked = new URLSearchParams(location.search);
  if (tag) return asked.getAll("tag").includes(tag);
  return !verb.endsWith("favorite") || asked.has("favorite");
}

// What a batch has changed of what is loaded; of a very large one only a part is told, and what it was of must do.
function changed(batch) {
  if (batch.changed === batch.changed_ids.length) return batch.changed_ids;
  const refused = new Set(batch.refusals.map(({ id }) => id));
  return [...loaded(), ...left()].filter((id) => !refused.has(id));
}

function what(batch) {
  if (batch.state === "failed") return `It was given up: ${batch.reason}`;
  const about = batch.tag ? ` “${batch.tag}”` : batch.film && ` ${batch.film_title}`;
  const refused = batch.refused ? `; ${many(batch.refused)} left as ${batch.refused === 1 ? "it was" : "they were"}` : "";
  const why = batch.refused === 1 ? `: ${batch.refusals[0].why}` : "";
  return `${many(batch.changed)} ${DONE[batch.verb](batch.changed === 1)}${about}${batch.verb === "use" ? worth(batch) : ""}${refused}${why}`;
}

function worth({ worth_usd, total, changed, refused }) {
  const before = total - changed - refused;
  const saved = Number(worth_usd) ? `; ${dollars(worth_usd)} is saved once the film uses ${changed === 1 ? "it" : "them"}` : "";
  return `${saved}${before ? `; ${many(before)} lay there already` : ""}`;
}

// As pages tell it: half a cent is rounded up, below a cent all digits are there.
function dollars(usd) {
  return Number(usd) < 0.01 ? `$${usd.replace(/0+$/, "")}` : `$${(Math.round(usd * 100 + 1e-6) / 100).toFixed(2)}`;
}

/** What was done just now is no batch: Undo would take back what was done before it. */
export function forget() {
  done.length = 0;
}

/** Tell and say it in the toolbar: of a batch with its Undo, and with a link to where there is more of it. */
export function tell(text, { batch, film = batch?.film } = {}) {
  const told = bar.querySelector("[data-told]");
  told.hidden = bar.hidden = false;
  bar.querySelector("[data-chosen]").hidden = !selected().ids.length;
  told.querySelector("[data-text]").textContent = text;
  const back = told.querySelector("[data-act=undo]");
  if (back === document.activeElement) bar.focus();
  back.hidden = !batch || batch !== done.at(-1);
  const more = told.querySelector("[data-more]");
  const [words, page] = batch?.refused || batch?.state === "working"
    ? ["More", batch.page]
    : ["To the film", film && `/films/${film}${bar.dataset.workspace}`];
  more.hidden = !page;
  if (page) Object.assign(more, { textContent: words, href: page });
  say(text);
}

// A form, so that the browser keeps the file as it comes.
function download() {
  const { ids, filter, ...number } = selected();
  const form = Object.assign(document.createElement("form"), { method: "post", action: `/library.zip${bar.dataset.workspace}` });
  const [name, value] = filter ? ["filter", filter] : ["ids", ids.join(",")];
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
  form.remove();
  say(`${filter ? how(number) : many(ids.length)} ${ids.length === 1 && !filter ? "is" : "are"} being exported`);
}
