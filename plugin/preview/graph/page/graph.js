
// The page of a graph: a search field, and a pane that tells about the step that was picked.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const find = byId("find"), found = byId("found");

const clear = () => {
  byId("about").hidden = true;
  byId("hint").hidden = false;
  for (const d of drawings) d.pick(null);
};

// fact adds one thing to the pane; what leads to another drawing or step becomes a button.
const fact = (name, text, chart) => {
  const term = document.createElement("dt"), value = document.createElement("dd");
  term.textContent = name;
  const target = leadsTo(name, text, chart);
  if (target) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", target);
    value.append(button);
  } else {
    value.textContent = text;
  }
  byId("facts").append(term, value);
};

const leadsTo = (name, text, chart) => {
  if (name === "runs" && text.includes("Workflow/")) {
    const title = "Workflow " + text.slice(text.indexOf("Workflow/") + 9);
    const other = data.charts.findIndex(c => c.title === title);
    return other < 0 ? null : () => byId("chart-" + other).scrollIntoView();
  }
  if (name === "uses" || name === "is used by") {
    const node = drawings[chart].nodes.find(n => n.dataset.node === text);
    return node && (() => {
      node.scrollIntoView({ block: "nearest", inline: "center" });
      node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    });
  }
  return null;
};

document.addEventListener("pick", event => {
  const chart = Number(event.target.closest(".chart").dataset.chart);
  const node = data.charts[chart].nodes.find(n => n.name === event.detail);
  if (!node) return;
  byId("about").hidden = false;
  byId("hint").hidden = true;
  byId("name").textContent = node.lines[0];
  byId("facts").replaceChildren();
  for (const line of node.lines.slice(1)) {
    if (node.details.length === 0) fact("is", line, chart);
  }
  const edges = data.charts[chart].edges.filter(e => !e.part);
  for (const { name, text } of node.details) if (name !== "uses") fact(name, text, chart);
  for (const e of edges) if (e.to === node.name) fact("uses", e.from, chart);
  for (const e of edges) if (e.from === node.name) fact("is used by", e.to, chart);
});

byId("close").addEventListener("click", clear);
find.addEventListener("input", () => {
  const count = search(find.value);
  found.textContent = find.value.trim() === "" ? "" : count === 1 ? "1 step" : count + " steps";
});
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== find) {
    event.preventDefault();
    find.focus();
  } else if (event.key === "Escape") {
    clear();
  }
});
for (const d of drawings) d.fit(0.8);
