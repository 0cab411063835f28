// A box drawn across the grid, from beside the cards, selects what it touches; with Shift, Ctrl or Cmd that comes to
// what is selected.

import { choose, count, say, many, selected } from "./select.js";

const list = document.querySelector("[data-list]");
const BESIDE = ".card, a, button, input, select, textarea, label, summary, dialog, [data-toolbar]";
const FAR = 6;  // pixels: a press that is no box
const EDGE = 24;  // pixels: so near the window's edge it scrolls

document.querySelector("main").addEventListener("pointerdown", (press) => {
  if (press.button || press.pointerType !== "mouse" || press.target.closest(BESIDE)) return;
  const more = press.shiftKey || press.ctrlKey || press.metaKey ? selected().ids : [];
  const box = Object.assign(document.createElement("div"), { className: "rubber" });
  let touched = [];
  const draw = ({ clientX, clientY }) => {
    const [pageX, pageY] = [clientX + scrollX, clientY + scrollY];
    const [left, top] = [Math.min(pageX, press.pageX), Math.min(pageY, press.pageY)];
    const [width, height] = [Math.abs(pageX - press.pageX), Math.abs(pageY - press.pageY)];
    if (!box.isConnected && Math.hypot(width, height) < FAR) return;
    Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    document.body.append(box);
    document.body.classList.add("drawing");
    const drawn = box.getBoundingClientRect();
    const cards = [...list.querySelectorAll(".card:not([hidden])")];
    const there = new Set(cards.map((card) => card.dataset.id));
    // The grid empties blocks that are far away: what the box has touched of them stays.
    touched = [...touched.filter((id) => !there.has(id)), ...cards.filter((card) => touch(drawn, card)).map((card) => card.dataset.id)];
    choose(touched, more);
  };
  const end = () => {
    document.removeEventListener("pointermove", move);
    cancelAnimationFrame(frame);
    document.body.classList.remove("drawing");
    if (!box.isConnected) return;
    box.remove();
    say(`${many(selected().ids.length)} selected`);
    count();
  };
  // At the window's edge the page goes on, as it does for text.
  const follow = () => {
    const far = at.clientY < EDGE ? at.clientY - EDGE : Math.max(0, at.clientY - innerHeight + EDGE);
    if (box.isConnected && far) {
      scrollBy(0, far);
      draw(at);
    }
    frame = requestAnimationFrame(follow);
  };
  const move = (event) => draw(at = event);
  let at = press;
  let frame = requestAnimationFrame(follow);
  document.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end, { once: true });
});

function touch(drawn, card) {
  const at = card.getBoundingClientRect();
  return at.left < drawn.right && at.right > drawn.left && at.top < drawn.bottom && at.bottom > drawn.top;
}
