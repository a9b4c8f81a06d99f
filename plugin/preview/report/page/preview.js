
// The page of a preview: what is filtered is kept in the address, so that a link shows the same.
const byId = id => document.getElementById(id);
const cards = [...document.querySelectorAll(".card")];
const chunks = [...document.querySelectorAll(".chunk")];
const tiles = [...document.querySelectorAll("[data-filter]")];
const find = byId("find"), folder = byId("folder");
// step is one of a drawing, "chart/step"; def is a definition, "Kind/name:type", whose button has the numbers of the
// instances that it reaches.
const filter = { q: "", type: new Set(), level: new Set(), folder: "", step: "", def: "" };
const definitions = [...document.querySelectorAll("[data-def]")];

const holds = (list, one) => (" " + list + " ").includes(" " + one + " ");

const matches = (card, words, runs) => {
  const d = card.dataset;
  return (filter.type.size === 0 || filter.type.has(d.type)) &&
    (filter.level.size === 0 || d.level.split(" ").some(level => filter.level.has(level))) &&
    (filter.folder === "" || d.folder === filter.folder) &&
    (filter.step === "" || holds(d.steps, filter.step)) &&
    (filter.def === "" || holds(runs, d.run)) &&
    words.every(word => d.find.includes(word));
};

const any = () => filter.q !== "" || filter.type.size > 0 || filter.level.size > 0 || filter.folder !== "" || filter.step !== "" || filter.def !== "";

// label says what the button does that opens or closes all.
const label = open => { byId("all").textContent = open ? "Close all" : "Open all"; };

// jump offers to go to the objects of a step that was picked, while they are out of view.
let below = false;
const jump = count => {
  if (count !== undefined) byId("jump").firstElementChild.textContent = "↓ " + (count === 1 ? "1 object" : count + " objects") + " of this step";
  byId("jump").hidden = !below || filter.step === "";
};
new IntersectionObserver(entries => {
  below = entries.at(-1).boundingClientRect.top > window.innerHeight / 2;
  jump();
}, { threshold: [0, 0.01, 0.05, 0.1, 0.5, 1], rootMargin: "0px 0px -50% 0px" }).observe(byId("objects"));
byId("jump").addEventListener("click", () => byId("objects").scrollIntoView());

// show applies the filter to the page.
const show = () => {
  const words = filter.q.toLowerCase().split(/\s+/).filter(word => word !== "");
  const definition = definitions.find(button => button.dataset.def === filter.def);
  const runs = definition ? definition.dataset.runs : "";
  let count = 0;
  for (const card of cards) {
    const fits = matches(card, words, runs);
    if (card.hidden === fits) card.hidden = !fits;
    count += fits;
  }
  for (const chunk of chunks) {
    const left = chunk.querySelectorAll(":scope > .card:not([hidden])").length;
    chunk.hidden = left === 0;
    chunk.style.containIntrinsicBlockSize = "auto " + 3 * left + "rem";
  }
  for (const tile of tiles) tile.setAttribute("aria-pressed", String(filter[tile.dataset.filter].has(tile.dataset.value)));
  if (find.value !== filter.q) find.value = filter.q;
  if (folder) folder.value = filter.folder;
  byId("count").textContent = any() ? count + " of " + cards.length : cards.length === 1 ? "1 object" : cards.length + " objects";
  byId("clear").hidden = !any();
  jump(count);
  byId("none").hidden = count > 0 || cards.length === 0;
  byId("chosen").hidden = filter.step === "" && filter.def === "";
  byId("what").textContent = filter.step !== "" ? "step " + filter.step.slice(filter.step.indexOf("/") + 1) : filter.def.split(":")[0];
  for (const d of drawings) {
    const chart = d.view.closest(".chart").dataset.chart;
    d.pick(d.nodes.find(node => chart + "/" + node.dataset.node === filter.step) || null);
  }
};

// keep writes the filter into the address.
const keep = () => {
  const kept = new URLSearchParams();
  for (const name of ["q", "folder", "step", "def"]) if (filter[name] !== "") kept.set(name, filter[name]);
  for (const name of ["type", "level"]) if (filter[name].size > 0) kept.set(name, [...filter[name]].join(","));
  const hash = kept.toString();
  history.replaceState(null, "", hash === "" ? location.href.replace(/#.*/, "") : "#" + hash);
};

const changed = () => {
  show();
  keep();
};

const clear = () => {
  filter.type.clear();
  filter.level.clear();
  filter.q = filter.folder = filter.step = filter.def = "";
  changed();
};

// go brings a card into view and makes it the one that keys work on.
const go = card => {
  for (const other of document.querySelectorAll(".card.here")) other.classList.remove("here");
  card.classList.add("here");
  card.querySelector("summary").focus({ preventScroll: true });
  card.scrollIntoView({ block: "start" });
};

// read takes the filter, or the object, from the address.
const read = () => {
  const hash = location.hash.slice(1);
  const card = /^o\d+$/.test(hash) ? byId(hash) : null;
  if (card) {
    card.hidden = card.parentElement.hidden = false;
    card.querySelector("details").open = true;
    go(card);
    return;
  }
  if (hash !== "" && !hash.includes("=")) return; // another place of the page
  const kept = new URLSearchParams(hash);
  const list = name => new Set((kept.get(name) || "").split(",").filter(value => tiles.some(t => t.dataset.filter === name && t.dataset.value === value)));
  for (const name of ["q", "folder", "step", "def"]) filter[name] = kept.get(name) || "";
  filter.type = list("type");
  filter.level = list("level");
  show();
};

for (const tile of tiles) {
  tile.addEventListener("click", () => {
    const chosen = filter[tile.dataset.filter];
    if (!chosen.delete(tile.dataset.value)) chosen.add(tile.dataset.value);
    changed();
  });
}
for (const button of definitions) {
  button.addEventListener("click", () => {
    filter.step = "";
    filter.def = button.dataset.def;
    changed();
    byId("objects").scrollIntoView();
  });
}
document.addEventListener("pick", event => {
  const step = event.target.closest(".chart").dataset.chart + "/" + event.detail;
  filter.step = filter.step === step ? "" : step;
  filter.def = "";
  changed();
});
byId("unchosen").addEventListener("click", () => {
  filter.step = filter.def = "";
  changed();
});
byId("clear").addEventListener("click", clear);
byId("reset").addEventListener("click", clear);
find.addEventListener("input", () => {
  filter.q = find.value;
  changed();
});
if (folder) {
  folder.addEventListener("change", () => {
    filter.folder = folder.value;
    changed();
  });
}
byId("all").addEventListener("click", () => {
  const open = byId("all").textContent === "Open all";
  for (const card of cards) if (!card.hidden) card.querySelector("details").open = open;
  label(open);
});

const step = by => {
  const seen = cards.filter(card => !card.hidden);
  const at = seen.indexOf(document.querySelector(".card.here"));
  const next = at < 0 ? (by > 0 ? 0 : seen.length - 1) : at + by;
  if (seen[next]) go(seen[next]);
};
document.addEventListener("keydown", event => {
  const typing = event.target.closest("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (typing) find.blur();
    clear();
  } else if (typing) {
    return;
  } else if (event.key === "/") {
    event.preventDefault();
    find.focus();
  } else if (event.key === "j") {
    step(1);
  } else if (event.key === "k") {
    step(-1);
  }
});

// On paper, everything that is shown is open.
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")].filter(d => !d.closest("[hidden]"));
  for (const d of closed) d.open = true;
});
window.addEventListener("afterprint", () => {
  for (const d of closed) d.open = false;
});
window.addEventListener("hashchange", read);
label(cards.length > 0 && cards.every(card => card.firstElementChild.open));
for (const d of drawings) d.fit(0.8);
read();
