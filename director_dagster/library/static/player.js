// The page of one asset.

import { fetched } from "./page.js";

// The tree begins at the asset that one looks at.
document.body.addEventListener("htmx:afterSettle", () => {
  const tree = document.querySelector(".tree");
  const here = tree?.querySelector(".here");
  if (!here) return;
  const [room, at] = [tree.getBoundingClientRect(), here.getBoundingClientRect()];
  tree.scrollLeft += at.left + at.width / 2 - room.left - room.width / 2;
  tree.scrollTop += at.top + at.height / 2 - room.top - room.height / 2;
});

// A sound's picture is its own slider: a line shows where it is, a click goes there.

for (const figure of document.querySelectorAll("[data-sound]")) {
  const audio = figure.querySelector("audio");
  figure.querySelector("img")?.addEventListener("click", (event) => {
    const at = event.target.getBoundingClientRect();
    if (Number.isFinite(audio.duration)) audio.currentTime = audio.duration * (event.clientX - at.left) / at.width;
    audio.play();
  });
  const played = figure.querySelector(".played");
  for (const moved of ["timeupdate", "seeked"]) audio.addEventListener(moved, () => {
    played.hidden = !Number.isFinite(audio.duration);
    played.style.insetInlineStart = `${100 * audio.currentTime / audio.duration}%`;
  });
}

// A take is chosen here; the next making cuts the film from it. Then the page is fetched anew, and one goes on there.
const CHOSEN = "director-chosen";
const last = sessionStorage.getItem(CHOSEN);
if (last) {
  sessionStorage.removeItem(CHOSEN);
  const at = [...document.querySelectorAll(".takes li > a")].find((link) => link.pathname === `/assets/${last}`);
  at?.focus();
  if (at) document.getElementById("said").textContent = `${at.textContent.trim()}. ${at.parentElement.querySelector("p")?.textContent ?? "The next making cuts the film from it."}`;
}
document.addEventListener("click", async (event) => {
  const { choose, address, id } = event.target.dataset ?? {};
  if (!choose) return;
  const answer = await fetched(address, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ take: Number(choose) }),
  });
  if (answer.ok) {
    sessionStorage.setItem(CHOSEN, id);
    location.reload();
  } else event.target.replaceWith((await answer.json()).detail);
});
