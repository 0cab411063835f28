// Files of one's own: chosen by the button, or dropped from the desktop onto the page.

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
  // Wherever it falls: a browser would leave the page and open it.
  // What is dragged within a page is no file of one's own.
  const own = ({ types }) => types.includes("Files") && !types.includes("text/uri-list");
  document.addEventListener("dragover", (event) => own(event.dataTransfer) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!own(event.dataTransfer)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}

async function add(files) {
  const [status, told] = [dialog.querySelector("[role=status]"), dialog.querySelector("ul")];
  const body = new FormData();
  for (const file of files) body.append("files", file);
  status.textContent = `Adding ${files.length} file${files.length === 1 ? "" : "s"} …`;
  told.replaceChildren();
  dialog.showModal();
  try {
    const answer = await fetch(`/api/v1/uploads${location.search}`, { method: "POST", body });
    const found = await answer.json();
    if (!answer.ok) throw new Error(found.detail);
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
