// For good: what is selected in the trash loses its bytes, after a question that takes a reason.

import { how, leave, many, selected } from "./select.js";
import { tell } from "./bulk.js";
import { fetched } from "./page.js";
import { post } from "./tray.js";

const bar = document.querySelector("[data-toolbar]");
const dialog = document.getElementById("purging");
const MOST = 1000;
const PAGE = 200;

// The dialog stays until it is done: the second click of a double one must not land on what lies below.
async function purge(ids) {
  const told = await post("/api/v1/assets:purge", { ids, reason: dialog.querySelector("[name=reason]").value.trim() });
  dialog.close();
  if (!told) return;
  if (bar.dataset.one) return location.reload();
  leave([...told.purged, ...told.before]);
  document.querySelector("[data-counts]")?.dispatchEvent(new Event("refresh"));
  tell([`${many(told.purged.length)} purged`, ...told.faults].join("; "));
}

// The ids of all that fits, whether it is on the page or not.
async function every(filter) {
  const ids = [];
  for (let next = `/api/v1/assets${filter}${filter.includes("?") ? "&" : "?"}limit=${PAGE}`; next;) {
    const answer = await fetched(next);
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    ids.push(...told.items.map(({ id }) => id));
    next = told.next_url;
  }
  return ids;
}

async function open() {
  const { ids: loaded, filter, value, capped } = selected();
  const number = filter ? value : loaded.length;
  if (capped || number > MOST) return tell(`Up to ${MOST.toLocaleString("en")} are purged at once: select fewer`);
  const form = dialog.querySelector("form");
  const buttons = form.querySelectorAll("button");
  if (!bar.dataset.one) dialog.querySelector("[data-number]").textContent = filter ? how({ value, capped }) : many(number);
  form.reset();
  buttons.forEach((button) => { button.disabled = false; });
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "purge") return;
    event.preventDefault();
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await purge(filter ? await every(filter) : loaded);
    } catch (error) {
      dialog.close();
      tell(error.message);
    }
  };
  return dialog.showModal();
}

if (bar && dialog) {
  bar.addEventListener("click", (event) => { if (event.target.closest("[data-act=purge]")) open(); });
}
