// A sound's picture is its own slider: a click goes there.

for (const figure of document.querySelectorAll("[data-sound]")) {
  const audio = figure.querySelector("audio");
  figure.querySelector("img")?.addEventListener("click", (event) => {
    const at = event.target.getBoundingClientRect();
    if (Number.isFinite(audio.duration)) audio.currentTime = audio.duration * (event.clientX - at.left) / at.width;
    audio.play();
  });
}
