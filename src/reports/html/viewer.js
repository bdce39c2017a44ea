"use strict";
// Pan, zoom and search in diagrams, and the choice between light and dark. Without this script a page still shows everything.
(function () {
  const root = document.documentElement;
  const store = { get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
                  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* nothing is kept */ } } };
  const chosen = store.get("loadpath-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  document.querySelectorAll("[data-do=theme]").forEach((button) => button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    store.set("loadpath-theme", root.dataset.theme);
  }));

  function viewer(diagram) {
    const svg = diagram.querySelector("svg");
    const stage = diagram.querySelector(".stage");
    if (!svg || !stage) return;
    const whole = svg.viewBox.baseVal;
    const all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
    let now = { ...all };
    const show = () => svg.setAttribute("viewBox", [now.x, now.y, now.width, now.height].map((n) => n.toFixed(2)).join(" "));
    const scale = () => Math.max(now.width / stage.clientWidth, now.height / stage.clientHeight) || 1;
    function zoom(factor, at) {
      const width = Math.min(Math.max(now.width / factor, 80), all.width * 4);
      const by = width / now.width;
      const middle = at || { x: now.x + now.width / 2, y: now.y + now.height / 2 };
      now = { x: middle.x - (middle.x - now.x) * by, y: middle.y - (middle.y - now.y) * by, width, height: now.height * by };
      show();
    }
    function point(event) {
      const matrix = svg.getScreenCTM();
      return matrix ? new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse()) : undefined;
    }
    const reset = () => { now = { ...all }; show(); };
    const tools = document.createElement("div");
    tools.className = "tools";
    for (const [name, text, act] of [["Zoom in", "+", () => zoom(1.3)], ["Zoom out", "−", () => zoom(1 / 1.3)], ["Show all", "⤢", reset]]) {
      const button = document.createElement("button");
      button.type = "button"; button.title = name; button.setAttribute("aria-label", name); button.textContent = text;
      button.addEventListener("click", act);
      tools.append(button);
    }
    diagram.prepend(tools);
    stage.tabIndex = 0;
    stage.setAttribute("aria-label", "Diagram: drag to move, plus and minus to zoom, 0 to show all");
    // In the middle of a text the wheel scrolls the page, unless a key says that the diagram is meant.
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && !diagram.closest(".alone")) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * 0.002), point(event));
    }, { passive: false });
    let from = null, moved = false;
    stage.addEventListener("pointerdown", (event) => { if (event.button === 0) { from = { x: event.clientX, y: event.clientY }; moved = false; } });
    addEventListener("pointermove", (event) => {
      if (!from) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.hypot(dx, dy) < 4) return;
      moved = true; stage.classList.add("dragged");
      now.x -= dx * scale(); now.y -= dy * scale(); from = { x: event.clientX, y: event.clientY };
      show();
    });
    addEventListener("pointerup", () => { from = null; stage.classList.remove("dragged"); });
    stage.addEventListener("click", (event) => { if (moved) { event.preventDefault(); event.stopPropagation(); } }, true);
    stage.addEventListener("keydown", (event) => {
      const step = 40 * scale();
      const keys = { "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), "0": reset,
        ArrowLeft: () => { now.x -= step; show(); }, ArrowRight: () => { now.x += step; show(); },
        ArrowUp: () => { now.y -= step; show(); }, ArrowDown: () => { now.y += step; show(); } };
      if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); keys[event.key](); }
    });

    const boxes = [...svg.querySelectorAll(".box")], arrows = [...svg.querySelectorAll(".arrow")];
    let picked = null;
    function around(key) {
      picked = key;
      const near = new Set(key === null ? [] : [key]);
      for (const arrow of arrows) {
        const joins = arrow.dataset.from === key || arrow.dataset.to === key;
        if (joins) { near.add(arrow.dataset.from); near.add(arrow.dataset.to); }
        arrow.classList.toggle("dim", key !== null && !joins);
      }
      for (const box of boxes) box.classList.toggle("dim", key !== null && !near.has(box.dataset.key));
    }
    stage.addEventListener("click", (event) => {
      const box = event.target.closest(".box");
      if (box && box.closest("a")) return;
      around(box && box.dataset.key !== picked ? box.dataset.key : null);
    });
    for (const box of boxes) {
      if (!box.closest("a")) continue;
      box.addEventListener("pointerenter", () => around(box.dataset.key));
      box.addEventListener("pointerleave", () => around(null));
    }
    diagram.find = (words) => {
      const wanted = words.trim().toLowerCase();
      const found = wanted ? boxes.filter((box) => box.textContent.toLowerCase().includes(wanted)) : [];
      for (const box of boxes) {
        box.classList.toggle("found", found.includes(box));
        box.classList.toggle("dim", wanted !== "" && !found.includes(box));
      }
      for (const arrow of arrows) arrow.classList.toggle("dim", wanted !== "");
      return found.length;
    };
  }
  document.querySelectorAll(".diagram").forEach(viewer);
  document.querySelectorAll("input[data-do=find]").forEach((input) => input.addEventListener("input", () => {
    document.querySelectorAll(".diagram").forEach((diagram) => diagram.find && diagram.find(input.value));
  }));
})();
