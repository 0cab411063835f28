// The grid: endless in both directions, with only what is near the window on the page; previews; keys.

import { typing } from "./keys.js";

const list = document.querySelector("[data-list]");
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const NEAR = "1500px 0px";
const FAR = "3000px 0px";
const HOVER_MS = 220;
const MORE = "director:more";

// On a narrow screen the assets come first.
const panel = document.querySelector(".panel");
if (panel && matchMedia("(max-width: 48rem)").matches) panel.open = false;

// The filters stay as one has left them: how far down, and what is folded.
const filters = document.querySelector(".filters");
const LEFT = "director-filters";
const keep = () => {
  const folded = [...document.querySelectorAll(".facet")].map((facet) => [facet.dataset.field, facet.open]);
  if (!folded.length) return;
  sessionStorage.setItem(LEFT, JSON.stringify({ top: filters.scrollTop, folded: Object.fromEntries(folded) }));
};
addEventListener("pagehide", keep);
document.body.addEventListener("htmx:beforeSwap", ({ target }) => { if (target.matches("[data-counts]")) keep(); });
document.body.addEventListener("htmx:afterSettle", () => {
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "null");
  if (!left) return;
  document.querySelectorAll(".facet").forEach((facet) => { facet.open = left.folded[facet.dataset.field] ?? facet.open; });
  filters.scrollTop = left.top;
});

if (list) {
  endless(list);
  previews(list);
  walk(list);
  remember(list);
}

// The links at both ends are what one follows without scripts; with them, what they lead to comes when they are near.
function endless(list) {
  const away = new Map();
  const far = new IntersectionObserver((seen) => seen.forEach(fold), { rootMargin: FAR });
  const near = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
    if (isIntersecting) load(target);
  }), { rootMargin: NEAR });

  // A block far away is emptied and keeps its height, so that the page stays light and nothing moves.
  function fold({ isIntersecting, target, boundingClientRect }) {
    if (isIntersecting && away.has(target)) {
      target.innerHTML = away.get(target);
      target.style.height = "";
      away.delete(target);
    } else if (!isIntersecting && !away.has(target) && !target.contains(document.activeElement)) {
      away.set(target, target.innerHTML);
      target.style.height = `${boundingClientRect.height}px`;
      target.replaceChildren();
    }
  }

  async function load(link) {
    near.unobserve(link);
    try {
      const answer = await fetch(link.dataset.part, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const part = document.createElement("template");
      part.innerHTML = await answer.text();
      const newer = link.classList.contains("newer");
      // What leads back to where we came from is on the page already.
      part.content.querySelector(newer ? ".older" : ".newer")?.remove();
      const height = document.documentElement.scrollHeight;
      const top = scrollY;
      const added = [...part.content.children];
      link.replaceWith(...added);
      if (newer && scrollY === top) scrollBy(0, document.documentElement.scrollHeight - height);
      added.forEach(watch);
      list.dispatchEvent(new Event(MORE));
    } catch {
      link.textContent = "That could not be loaded: click to try again";
    }
  }

  function watch(element) {
    if (element.matches(".block")) far.observe(element);
    else near.observe(element);
  }

  list.addEventListener("click", (event) => {
    const link = event.target.closest(".more");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link);
  });
  // Whoever comes back is first put where they were.
  requestAnimationFrame(() => [...list.children].forEach(watch));
}

// A short, small, silent preview under the pointer; it is let go of at once when the pointer leaves.
function previews(list) {
  if (!matchMedia("(hover: hover)").matches || still) return;
  let timer, playing;

  function stop() {
    clearTimeout(timer);
    if (!playing) return;
    playing.media.pause();
    playing.media.removeAttribute("src");
    playing.media.load();
    playing.added.forEach((element) => element.remove());
    playing = undefined;
  }

  function start(picture) {
    const media = document.createElement(picture.dataset.play);
    const added = [media];
    media.src = picture.dataset.source;
    media.loop = true;
    media.muted = picture.dataset.play === "video";
    media.playsInline = true;
    if (picture.dataset.play === "audio") {
      const bar = Object.assign(document.createElement("span"), { className: "bar" });
      media.addEventListener("timeupdate", () => { bar.style.transform = `scaleX(${media.currentTime / media.duration || 0})`; });
      added.push(bar);
    }
    picture.append(...added);
    playing = { media, added };
    // A browser lets no sound out before one has clicked somewhere.
    media.play().catch(() => {});
  }

  list.addEventListener("pointerover", (event) => {
    const picture = event.target.closest("[data-play]");
    if (event.pointerType === "touch" || !picture || picture.contains(event.relatedTarget)) return;
    stop();
    timer = setTimeout(() => start(picture), HOVER_MS);
  });
  list.addEventListener("pointerout", (event) => {
    const picture = event.target.closest("[data-play]");
    if (picture && !picture.contains(event.relatedTarget)) stop();
  });
  addEventListener("pagehide", stop);
}

// Arrows go from card to card as one sees them: up and down to the nearest of the next row.
function walk(list) {
  const links = () => [...list.querySelectorAll(".card:not([hidden]) > a")];

  function beside(from, down) {
    const here = from.getBoundingClientRect();
    const rows = links().map((link) => [link, link.getBoundingClientRect()])
      .filter(([, at]) => down ? at.top > here.top + 1 : at.top < here.top - 1);
    if (!rows.length) return undefined;
    const next = down ? Math.min(...rows.map(([, at]) => at.top)) : Math.max(...rows.map(([, at]) => at.top));
    return rows.filter(([, at]) => Math.abs(at.top - next) < 2)
      .sort(([, one], [, other]) => Math.abs(one.left - here.left) - Math.abs(other.left - here.left))[0][0];
  }

  document.addEventListener("keydown", (event) => {
    if (typing(event) || !event.key.startsWith("Arrow")) return;
    const all = links();
    const here = document.activeElement.closest?.(".card")?.querySelector(":scope > a");
    if (!here) {
      if (event.target !== document.body && !["main", "list"].includes(event.target.id)) return;
      all.find((link) => link.getBoundingClientRect().top >= 0)?.focus();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      all[all.indexOf(here) + (event.key === "ArrowRight" ? 1 : -1)]?.focus();
    } else {
      beside(here, event.key === "ArrowDown")?.focus();
    }
    event.preventDefault();
  });
}

// Where one leaves is where one comes back to: the row goes into this page's own address, by its first asset, so that all
// stand in their columns again; and which one it was, and how far down, into its place in the browser's history.
function remember(list) {
  function note(card) {
    const here = new URL(location);
    ["after", "before", "month", "at"].forEach((name) => here.searchParams.delete(name));
    const row = card && [...card.parentElement.children].find((each) => !each.hidden && each.offsetTop === card.offsetTop);
    if (row) here.searchParams.set("at", row.dataset.id);
    history.replaceState({ ...history.state, card: card?.dataset.id, top: card?.getBoundingClientRect().top }, "", here);
  }

  // What has the focus and is seen, else what stands in the middle of the window, once it stands still; nothing at the
  // very beginning.
  let timer;
  let leaving = false;
  let settled = true;
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (leaving || !settled) return;
      const left = list.getBoundingClientRect().left + 60;
      const middle = [0, 60, 120].map((down) => document.elementFromPoint(left, innerHeight / 2 + down)?.closest(".card"));
      const atTop = scrollY < innerHeight / 2 && !list.querySelector(".newer");
      const chosen = document.activeElement?.closest(".card");
      const { top, bottom } = chosen?.getBoundingClientRect() ?? {};
      const card = top < innerHeight && bottom > 0 ? chosen : middle.find(Boolean);
      if (atTop || card) note(atTop ? null : card);
    }, 250);
  }, { passive: true });
  list.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (!card || event.target.matches(".pick")) return;
    note(card);
    // The window may still settle; where one goes from here is what counts. A new tab leaves nothing.
    leaving = !(event.ctrlKey || event.metaKey || event.shiftKey);
  });
  const at = new URLSearchParams(location.search).get("at");
  if (!at) return;
  history.scrollRestoration = "manual";
  const [card] = [history.state?.card, at].map((id) => id && list.querySelector(`[data-id="${CSS.escape(id)}"]`)).filter(Boolean);
  if (!card) return;
  card.querySelector(":scope > a").focus({ preventScroll: true });
  const above = innerHeight - card.offsetHeight;
  const top = history.state?.top < above ? history.state.top : above / 2;
  settled = false;

  // The list begins with it: to stand where it stood it may need what comes before.
  function put() {
    if (settled) return;
    scrollBy(0, card.getBoundingClientRect().top - top);
    settled = Math.abs(card.getBoundingClientRect().top - top) < 2 || !list.querySelector(".newer");
  }
  list.addEventListener(MORE, put);
  for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    addEventListener(name, () => { settled = true; }, { once: true, passive: true });
  }
  put();
}
