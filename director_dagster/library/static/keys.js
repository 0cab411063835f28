// Keys that work on every page; they are off while one types. In a box to tick nobody does.

const dialog = document.getElementById("keys");

export const typing = (event) =>
  event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey ||
  event.target.closest?.("input:not([type=checkbox]), select, textarea, [contenteditable], dialog, video, audio");

document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("input:not([type=checkbox]), select")) event.target.blur();
  if (typing(event)) return;
  if (event.key === "?") dialog.showModal();
  else if (event.key === "/") document.getElementById("q")?.focus();
  else return;
  event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
