// For good: what is selected in the trash loses its bytes, after a question that takes a reason.

import { leave, many, selected } from "./select.js";
import { post, tell } from "./tray.js";

const bar = document.querySelector("[data-toolbar]");
const dialog = document.getElementById("purging");
const MOST = 1000;

async function purge(ids) {
  const told = await post("/api/v1/assets:purge", { ids, reason: dialog.querySelector("[name=reason]").value.trim() });
  if (!told) return;
  if (bar.dataset.one) return location.reload();
  leave([...told.purged, ...told.before]);
  tell([`${many(told.purged.length)} purged`, ...told.faults].join("; "));
}

function open() {
  const { ids, filter } = selected();
  if (filter || ids.length > MOST) return tell(`Up to ${MOST.toLocaleString("en")} are purged at once: select as many yourself`);
  if (!bar.dataset.one) dialog.querySelector("[data-number]").textContent = many(ids.length);
  dialog.querySelector("form").reset();
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "purge" && purge(ids);
  return dialog.showModal();
}

if (bar && dialog) {
  bar.addEventListener("click", (event) => { if (event.target.closest("[data-act=purge]")) open(); });
}
