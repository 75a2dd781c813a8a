"use strict";
// Moving over a chart shows time and values there, in all charts at once.
(() => {
  const charts = [...document.querySelectorAll("[data-chart]")].map((figure) => ({
    figure,
    data: JSON.parse(figure.dataset.chart),
    plot: figure.querySelector(".plot"),
    note: figure.querySelector(".note"),
    pointer: figure.querySelector(".pointer"),
  }));
  const clock = (seconds) => {
    const whole = Math.round(seconds);
    const two = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(whole / 60) % 60;
    return whole < 3600
      ? `${minutes}:${two(whole % 60)}`
      : `${Math.floor(whole / 3600)}:${two(minutes)}:${two(whole % 60)}`;
  };
  const nearest = (line, at) => {
    let best = -1;
    for (let i = 0; i < line.at.length; i++) {
      if (best < 0 || Math.abs(line.at[i] - at) < Math.abs(line.at[best] - at)) best = i;
    }
    return best < 0 ? null : line.values[best];
  };
  const number = (value) => (value === null ? "–" : String(Number(value.toPrecision(3))));
  const show = (share) => {
    for (const { data, note, pointer } of charts) {
      const at = share * data.seconds;
      pointer.setAttribute("x1", `${share * 100}%`);
      pointer.setAttribute("x2", `${share * 100}%`);
      pointer.setAttribute("visibility", "visible");
      const told = data.lines.map((line) =>
        `${data.lines.length > 1 ? `${line.name} ` : ""}${number(nearest(line, at))}`);
      note.textContent = `${clock(at)}   ${told.join(" · ")} ${data.unit}`;
    }
  };
  const hide = () => {
    for (const { note, pointer } of charts) {
      pointer.setAttribute("visibility", "hidden");
      note.textContent = note.dataset.note || "\u00a0";
    }
  };
  for (const { plot } of charts) {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      if (box.width) show(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    });
    plot.addEventListener("pointerleave", hide);
  }
})();
