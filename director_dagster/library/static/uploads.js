// Files of one's own: chosen by the button, or dropped from the desktop onto the page.

import { fetched, files as own } from "./page.js";

const button = document.querySelector("[data-uploads]");
const dialog = document.getElementById("added");

if (button && dialog) {
  const input = button.querySelector("input");
  input.addEventListener("change", () => add(input.files));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    input.click();
  });
  // Wherever it falls.
  document.addEventListener("dragover", (event) => own(event.dataTransfer) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!own(event.dataTransfer)) return;
    event.preventDefault();
    const dropped = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const isFolder = (each) => each.webkitGetAsEntry()?.isDirectory;
    const folders = dropped.filter(isFolder).map((each) => each.webkitGetAsEntry().name);
    const files = dropped.filter((each) => !isFolder(each)).map((each) => each.getAsFile());
    add(files, folders.map((file) => ({ file, refused: "a folder: drop what is in it" })));
  });
}

async function add(files, refused = []) {
  const [status, told] = [dialog.querySelector("[role=status]"), dialog.querySelector("ul")];
  const body = new FormData();
  for (const file of files) body.append("files", file);
  status.textContent = `Adding ${files.length} file${files.length === 1 ? "" : "s"} …`;
  told.replaceChildren();
  dialog.showModal();
  try {
    const answer = files.length && await fetched(`/api/v1/uploads${location.search}`, { method: "POST", body });
    const sent = answer ? await answer.json() : [];
    if (answer && !answer.ok) throw new Error(sent.detail);
    const found = [...sent, ...refused];
    status.textContent = `${found.filter((each) => each.new).length} of ${found.length} added`;
    told.replaceChildren(...found.map(line));
    if (found.some((each) => each.new || each.back)) dialog.addEventListener("close", () => location.reload(), { once: true });
  } catch (error) {
    status.textContent = error.message;
  }
}

function line(each) {
  const item = document.createElement("li");
  const what = each.refused || (each.new ? "added" : each.back ? "its bytes are back" : "there already");
  if (each.asset) item.append(Object.assign(document.createElement("a"), { href: `/assets/${each.asset}`, textContent: each.file }));
  else item.append(each.file);
  item.append(`: ${what}`);
  return item;
}
