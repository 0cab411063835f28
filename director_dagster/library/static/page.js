// What all pages do.

/** As `fetch`; whoever is signed out by now signs in, and comes back to this page. */
export async function fetched(address, options) {
  const answer = await fetch(address, options);
  if (answer.status !== 401) return answer;
  location.reload();
  return new Promise(() => {});
}

document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) location.reload();
});

/** Whether files of one's own are dragged: what is dragged within a page is none. */
export const files = ({ types }) => types.includes("Files") && !types.includes("text/uri-list");

// A file that nobody takes, as a browser would: it leaves the page, and what was typed there. A page with a field for a
// file takes it there.
const field = document.querySelector("input[type=file][data-drop]");
const nobodys = ({ defaultPrevented, dataTransfer, target }) =>
  !defaultPrevented && files(dataTransfer) && !target.matches?.("input[type=file]");
addEventListener("dragover", (event) => {
  if (!nobodys(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = field ? "copy" : "none";
});
addEventListener("drop", (event) => {
  if (!nobodys(event)) return;
  event.preventDefault();
  const [first] = event.dataTransfer.files;
  if (!field || !first) return;
  const one = new DataTransfer();
  one.items.add(first);
  field.files = one.files;
  field.focus();
});
