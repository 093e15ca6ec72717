// Replaces the picture of a chart by an interactive chart when the reader asks for it.
(() => {
  "use strict";

  const dark = matchMedia("(prefers-color-scheme: dark)");
  // Plotly adds a style element for maps unless one with this id exists; the page's policy would refuse it.
  const MAP_STYLES = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";
  let library;

  function add(tag, properties) {
    document.getElementById(properties.id)?.remove();
    const element = Object.assign(document.createElement(tag), properties);
    return new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = () => {
        element.remove();
        reject(new Error(`${tag} did not load`));
      };
      document.head.append(element);
    });
  }

  async function load({ library: src, sheet: href }) {
    // With this id and class, the style sheet replaces the rules that plotly would write into the page.
    await add("link", { rel: "stylesheet", href, id: "plotly.js-style-global", className: "no-inline-styles" });
    document.head.append(Object.assign(document.createElement("meta"), { id: MAP_STYLES }));
    await add("script", { src, id: "plotly" });
  }

  function coloured(text) {
    const tokens = getComputedStyle(document.documentElement);
    const value = (name) => tokens.getPropertyValue(name).trim();
    return JSON.parse(text.replace(/"var\((--[\w-]+)\)"/g, (found, name) => (value(name) ? JSON.stringify(value(name)) : found)));
  }

  async function draw(figure, plot) {
    const response = await fetch(matchMedia(figure.dataset.narrowOn).matches ? figure.dataset.figureNarrow : figure.dataset.figure);
    if (!response.ok) throw new Error(response.statusText);
    const { data, layout } = coloured(await response.text());
    plot.style.maxWidth = `${layout.width}px`;
    // Text shrinks in a narrower column, as in the picture.
    layout.font.size *= plot.clientWidth / layout.width;
    delete layout.width;
    await Plotly.react(plot, data, { ...layout, autosize: true, dragmode: false }, { responsive: true, displayModeBar: false });
  }

  // The points in reading order: row by row, and series by series within a row.
  function points(plot) {
    return plot.data
      .flatMap((trace, curveNumber) =>
        trace.hoverinfo === "skip" || trace.visible === "legendonly"
          ? []
          : trace.x.flatMap((x, pointNumber) => (x === null ? [] : [{ curveNumber, pointNumber }])),
      )
      .sort((a, b) => a.pointNumber - b.pointNumber || a.curveNumber - b.curveNumber);
  }

  function step(event, plot, say) {
    const all = points(plot);
    const at = plot.stepped ?? -1;
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined || !all.length) return;
    event.preventDefault();
    plot.stepped = Math.max(0, Math.min(next, all.length - 1));
    Plotly.Fx.hover(plot, [all[plot.stepped]]);
    // Plotly draws the labels of quick steps late, 50 ms after the last at most.
    clearTimeout(plot.saying);
    plot.saying = setTimeout(() => say([...plot.querySelectorAll(".hoverlayer .hovertext")].map((label) => label.textContent).join(", ")), 80);
  }

  // Makes the legend work by keyboard too: a series' name switches it off and on.
  function openKey(plot) {
    plot.querySelectorAll(".legend .traces").forEach((entry, position) => {
      const { trace } = entry.__data__[0];
      const toggle = entry.querySelector(".legendtoggle");
      toggle.setAttribute("tabindex", "0");
      toggle.setAttribute("role", "checkbox");
      toggle.setAttribute("aria-label", trace.name);
      toggle.setAttribute("aria-checked", String(trace.visible === true));
      toggle.onkeydown = async (event) => {
        if (event.key !== " " && event.key !== "Enter") return;
        event.preventDefault();
        await Plotly.restyle(plot, { visible: trace.visible === true ? "legendonly" : true }, [trace.index]);
        plot.querySelectorAll(".legend .legendtoggle")[position].focus();
      };
    });
  }

  document.querySelectorAll("figure[data-chart]").forEach((figure) => {
    const [picture, image, button, status] = ["picture", "img", "button", "[role=status]"].map((part) => figure.querySelector(part));
    const say = (words) => (status.textContent = words);
    const words = button.firstChild; // the rest of the button names the chart
    const invitation = words.data;
    let plot = null;

    async function open() {
      plot = document.createElement("div");
      plot.className = "plot";
      plot.tabIndex = 0;
      plot.setAttribute("role", "application");
      plot.setAttribute("aria-label", `${figure.querySelector("strong").textContent} The arrow keys step through its values.`);
      plot.addEventListener("keydown", (event) => event.target === plot && step(event, plot, say));
      plot.addEventListener("blur", () => Plotly.Fx.unhover(plot));
      words.data = "Loading the chart…";
      try {
        await (library ??= load(figure.dataset));
        picture.hidden = true;
        picture.before(plot);
        await draw(figure, plot);
        plot.on("plotly_afterplot", () => openKey(plot));
        openKey(plot);
        words.data = "Show the picture again";
        say("The chart can be explored. It stands before the button; the arrow keys step through its values.");
      } catch {
        if (!window.Plotly) library = undefined;
        close();
        say("The chart could not be loaded. The table holds the same figures.");
      }
    }

    function close() {
      clearTimeout(plot.saying);
      if (plot.isConnected) Plotly.purge(plot);
      plot.remove();
      plot = null;
      picture.hidden = false;
      words.data = invitation;
      say("The picture is back.");
    }

    button.hidden = false;
    button.addEventListener("click", () => {
      if (!plot) open();
      else if (plot.isConnected) close();
    });
    for (const query of [dark, matchMedia(figure.dataset.narrowOn)]) query.addEventListener("change", () => plot?.isConnected && draw(figure, plot));

    // If the server could not draw the picture, open the chart at once.
    const missing = () => {
      button.hidden = true;
      open();
    };
    if (image.complete && image.currentSrc && !image.naturalWidth) missing();
    else image.addEventListener("error", missing, { once: true });
  });
})();
