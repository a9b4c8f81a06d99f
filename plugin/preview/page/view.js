// SPDX-License-Identifier: Apache-2.0
"use strict";

// Drawings: each .view scrolls; it can be dragged, and zoomed by the buttons before it.
const drawings = [...document.querySelectorAll(".view")].map(view => {
  const svg = view.querySelector("svg");
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  let scale = 1;

  // zoom keeps the point (x, y) of the view where it is.
  const zoom = (to, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
    const next = Math.min(4, Math.max(0.1, to));
    const [left, top] = [(view.scrollLeft + x) / scale, (view.scrollTop + y) / scale];
    scale = next;
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    view.scrollLeft = left * scale - x;
    view.scrollTop = top * scale - y;
  };
  // fit shows the whole width, but nothing smaller than that.
  const fit = least => zoom(Math.max(least, Math.min(1, (view.clientWidth - 2) / width)));

  const does = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), fit: () => fit(0), whole: () => zoom(1) };
  const tools = view.parentElement.querySelector(".tools");
  for (const button of tools ? tools.querySelectorAll("[data-zoom]") : []) {
    button.addEventListener("click", does[button.dataset.zoom]);
  }
  view.addEventListener("wheel", event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = view.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  let from = null, moved = false;
  view.addEventListener("pointerdown", event => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop, at: [event.clientX, event.clientY] };
    moved = false;
  });
  window.addEventListener("pointermove", event => {
    if (!from) return;
    moved = moved || Math.hypot(event.clientX - from.at[0], event.clientY - from.at[1]) > 4;
    view.classList.toggle("dragged", moved);
    if (moved) view.scrollTo({ left: from.x - event.clientX, top: from.y - event.clientY, behavior: "instant" });
  });
  window.addEventListener("pointerup", () => {
    from = null;
    view.classList.remove("dragged");
  });

  // One node of a drawing is reached by Tab, the others from there by the arrows.
  const nodes = [...svg.querySelectorAll(".kg-node[data-node]")];
  const reach = node => { for (const other of nodes) other.setAttribute("tabindex", other === node ? "0" : "-1"); };
  for (const node of nodes) node.setAttribute("role", "button");
  reach(nodes[0]);
  const edges = [...svg.querySelectorAll(".kg-edge")];
  const pick = node => {
    const name = node ? node.dataset.node : "";
    for (const other of nodes) {
      other.classList.toggle("kg-picked", other === node);
      other.setAttribute("aria-pressed", String(other === node));
    }
    for (const edge of edges) edge.classList.toggle("near", node !== null && (edge.dataset.from === name || edge.dataset.to === name));
  };
  const picked = node => {
    for (const other of drawings) if (other.svg !== svg) other.pick(null);
    pick(node);
    svg.dispatchEvent(new CustomEvent("pick", { bubbles: true, detail: node.dataset.node }));
  };
  svg.addEventListener("click", event => {
    const node = event.target.closest(".kg-node[data-node]");
    if (node && !moved) picked(node);
  });
  svg.addEventListener("keydown", event => {
    const node = event.target.closest(".kg-node[data-node]");
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (node && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      picked(node);
    } else if (node && by) {
      event.preventDefault();
      const next = nodes[nodes.indexOf(node) + by];
      if (next) {
        reach(next);
        next.focus();
      }
    }
  });
  svg.addEventListener("focusin", event => {
    const node = event.target.closest(".kg-node[data-node]");
    if (node) reach(node);
  });
  return { view, svg, nodes, pick, fit };
});

// search dims the nodes that do not hold a text, shows the first one that does, and tells how many do.
const search = text => {
  const wanted = text.trim().toLowerCase();
  let count = 0, first = null;
  for (const { svg, nodes } of drawings) {
    svg.classList.toggle("searched", wanted !== "");
    for (const node of nodes) {
      const found = wanted !== "" && node.firstElementChild.textContent.toLowerCase().includes(wanted);
      node.classList.toggle("found", found);
      count += found;
      first = first || (found ? node : null);
    }
  }
  if (first) first.scrollIntoView({ block: "nearest", inline: "center" });
  return count;
};
