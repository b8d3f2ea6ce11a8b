// Controls: the slider, the pointer, the keyboard; and the one loop that draws.

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const dirty = { value: true, view: true, picture: true, layout: true };
let selection = null, run = null, runKey = "", answer = null, start = 0, history_ = [], spokenTimer = 0, linkTimer = 0;
const timing = { frames: [], render: [] };

// --- the loop --------------------------------------------------------------------------------------------------------

let asked = false;
function ask() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(frame);
}

function touch(...what) {
  for (const name of what) dirty[name] = true;
  ask();
}

function frame() {
  asked = false;
  const begun = performance.now(), moved = dirty.value || dirty.layout;
  if (dirty.layout) { readInk(); placeTicks(); diagram.picture = dirty.picture ? null : diagram.picture; }
  if (dirty.picture) beginDiagram();
  if (moved) {
    answer = answerHere();
    const first = beginning();
    start = first.start;
    startRun(first.weights);
  }
  if (moved || dirty.view) { drawStrip(answer); placeThumb(); }
  if (dirty.view || dirty.layout || dirty.picture) drawDiagram();
  if (moved || dirty.view || selection !== null || dirty.selection) {
    drawOverlay(answer, selection);
    drawExponentCursor();
  }
  if (moved) { drawCobweb(answer, start); say(answer); }
  if (run !== null && (moved || !run.done)) {
    run.done = run.advance(state.steps, begun + 7);
    drawLoss(answer, run, state.steps);
    sayRun();
  }
  const busy = workDiagram(moved ? begun + 9 : begun + 12);
  if (diagram.job !== null || dirty.picture || diagram.wasBusy) { drawDiagram(); drawExponents(); } else if (dirty.view || dirty.layout) drawExponents();
  diagram.wasBusy = busy;
  const linked = dirty.value || dirty.view;
  for (const name of Object.keys(dirty)) dirty[name] = false;
  if (linked) later();
  timing.render.push(performance.now() - begun);
  if (timing.render.length > 2000) timing.render.shift();
  if (busy || (run !== null && !run.done)) ask();
}

function startRun(weights) {
  if (training === null) return;
  const key = `${stepSize()}|${state.steps}|${state.drawn ? state.seed : state.start}`;
  if (key === runKey && run !== null) return;
  runKey = key;
  run = training.begin(weights, stepSize());
  run.done = false;
}

// --- the slider ------------------------------------------------------------------------------------------------------

const share = () => (parameter() - LOW) / (HIGH - LOW);

function placeThumb() {
  const wide = el("slider").clientWidth, bubble = el("bubble"), half = bubble.offsetWidth / 2;
  const at = Math.min(Math.max(share() * wide, half), wide - half);
  bubble.style.transform = `translateX(${Math.round(at - half)}px)`;
}

function placeTicks() {
  const holder = el("ticks"), wide = holder.clientWidth, lines = el("tick-lines");
  const buttons = [...holder.querySelectorAll("button")], unit = state.unit;
  buttons.forEach((button, k) => {
    const boundary = known.boundaries[k];
    const text = unit === "a" ? minus(boundary.text) : `${written(boundary.units[unit].middle, 4)}${boundary.units[unit].floats[0] === boundary.units[unit].floats[1] ? "" : "…"}`;
    setText(button.firstElementChild, text);
    button.title = `${boundary.name}: ${boundary.units[unit].decimal} in ${units.get(unit).symbol}, ${boundary.certainty}`;
  });
  const apart = getComputedStyle(holder).position === "relative";
  lines.hidden = !apart;
  if (!apart) { buttons.forEach((button) => { button.style.left = ""; }); return; }
  const places = known.boundaries.map((b) => ((b.units.a.middle - LOW) / (HIGH - LOW)) * wide);
  const widths = buttons.map((button) => button.offsetWidth + 4);
  const moved = spread(places, widths, wide);
  buttons.forEach((button, k) => { button.style.left = `${Math.round(moved[k] - (widths[k] - 4) / 2)}px`; });
  const { context, height } = prepared(lines);
  context.strokeStyle = color("soft");
  places.forEach((x, k) => line(context, x, 0, moved[k], height));
}

/** Move labels apart, keeping their order, with the least displacement (pooling of neighbours). */
function spread(places, widths, wide) {
  const pools = [];
  let offset = 0;
  const offsets = places.map((_, k) => { const at = offset + widths[k] / 2; offset += widths[k]; return at; });
  places.forEach((x, k) => {
    let pool = { mean: x - offsets[k], count: 1 };
    while (pools.length && pools[pools.length - 1].mean > pool.mean) {
      const before = pools.pop(), count = before.count + pool.count;
      pool = { mean: (before.mean * before.count + pool.mean * pool.count) / count, count };
    }
    pools.push(pool);
  });
  const means = pools.flatMap((pool) => Array(pool.count).fill(Math.min(Math.max(pool.mean, 0), Math.max(0, wide - offset))));
  return means.map((mean, k) => mean + offsets[k]);
}

function buildTicks() {
  known.boundaries.forEach((boundary, k) => {
    const button = document.createElement("button"), number = document.createElement("b"), name = document.createElement("span");
    button.type = "button";
    button.className = "tick";
    number.textContent = minus(boundary.text);
    name.textContent = boundary.short;
    button.setAttribute("aria-label", `Go to the ${boundary.name}, ${boundary.text}, ${boundary.certainty}`);
    button.append(number, name);
    button.addEventListener("click", () => { goTo(k); });
    el("ticks").append(button);
  });
}

function goTo(k) {
  snapTo(k);
  showCursor();
  touch("value");
}

/** The next boundary in a direction, from the value or from the boundary that it stands on. */
function stepBoundary(direction) {
  const count = known.boundaries.length;
  let k = -1;
  if (state.snap !== null) k = state.snap + direction;
  else {
    const here = known.boundaries.map((b) => b.units[state.unit].middle);
    k = direction > 0 ? here.findIndex((x) => x > state.value) : here.findLastIndex((x) => x < state.value);
    if (direction > 0 && k < 0) k = count;
  }
  if (POSITIVE && k === 0 && known.boundaries[0].units.a.middle <= 0) return;
  if (k >= 0 && k < count) goTo(k);
}

/** Bring the cursor back into a zoomed view. */
function showCursor() {
  const { x0, x1 } = state.view, a = parameter();
  if (a >= x0 && a <= x1) return;
  zoomTo({ ...state.view, x0: a - (x1 - x0) / 2, x1: a + (x1 - x0) / 2 }, false);
}

function nudge(parts) {
  const { factor } = units.get(state.unit);
  const size = (state.view.x1 - state.view.x0) * factor * parts;
  const digits = Math.max(0, Math.min(17, 1 - Math.floor(Math.log10(Math.abs(size)))));
  setValue(Number((state.value + size).toFixed(digits)));
  showCursor();
  touch("value");
}

function sliderPointer() {
  const slider = el("slider");
  const follow = (event) => {
    const box = slider.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1), a = LOW + part * (HIGH - LOW);
    const { factor } = units.get(state.unit), digits = Math.ceil(-Math.log10(((HIGH - LOW) * factor) / box.width)) + 1;
    const near = known.boundaries.findIndex((b, k) => Math.abs(b.units.a.middle - a) < ((HIGH - LOW) / box.width) * 2.5 && !(POSITIVE && k === 0));
    if (near >= 0) snapTo(near);
    else setValue(Number((a * factor).toFixed(Math.max(0, digits))));
    touch("value");
  };
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    slider.setPointerCapture(event.pointerId);
    slider.focus({ preventScroll: true });
    follow(event);
    event.preventDefault();
  });
  slider.addEventListener("pointermove", (event) => { if (slider.hasPointerCapture(event.pointerId)) follow(event); });
}

// --- zooming ---------------------------------------------------------------------------------------------------------

let flight = 0;
function zoomTo(view, remember = true, animated = false) {
  const target = clampedView(view);
  if (remember) { history_.push({ ...state.view }); if (history_.length > 100) history_.shift(); }
  el("zoom-back").disabled = history_.length === 0;
  cancelAnimationFrame(flight);
  if (!animated || calm.matches) { state.view = target; return touch("view", "picture", "value"); }
  const from = { ...state.view }, begun = performance.now();
  const fly = (now) => {
    const t = Math.min(1, Math.max(0, (now - begun) / 320)), s = t * t * (3 - 2 * t);
    for (const key of Object.keys(target)) state.view[key] = from[key] + (target[key] - from[key]) * s;
    if (t < 1) { touch("view"); flight = requestAnimationFrame(fly); return; }
    state.view = target;
    touch("view", "picture", "value");
  };
  flight = requestAnimationFrame(fly);
}

function zoomBy(factor, at = null, remember = true) {
  const { x0, x1, y0, y1 } = state.view, a = parameter();
  const x = at ? at.x : a >= x0 && a <= x1 ? a : (x0 + x1) / 2, y = at ? at.y : (y0 + y1) / 2;
  zoomTo({ x0: x + (x0 - x) * factor, x1: x + (x1 - x) * factor, y0: y + (y0 - y) * factor, y1: y + (y1 - y) * factor }, remember);
}

function zoomBack() {
  const view = history_.pop();
  if (view) zoomTo(view, false, true);
  el("zoom-back").disabled = history_.length === 0;
}

/** A window with some room; asked again, the small copy of the whole story around the critical point. */
function zoomToWindow(window) {
  const [left, right] = [window.floats[BIRTH][0], window.floats[CRISIS][0]].sort((x, y) => x - y), pad = (right - left) * 0.12;
  const whole = { ...START_VIEW, x0: left - pad, x1: right + pad }, now = state.view;
  const there = clampedView(whole);
  const again = Math.abs(now.x0 - there.x0) < 1e-6 * (right - left) && Math.abs(now.x1 - there.x1) < 1e-6 * (right - left);
  if (again && now.y0 === there.y0) { const copy = copyOf(window, left, right); zoomTo({ ...whole, ...copy }, true, true); return; }
  const a = parameter();
  if (a < left || a > right) setValue(Number((window.floats[SUPERSTABLE][0] * units.get(state.unit).factor).toPrecision(17)));
  zoomTo(whole, true, true);
}

/** The states that the branch of a window next to the critical point visits. */
function copyOf(window, left, right) {
  let low = Infinity, high = -Infinity;
  for (let k = 1; k < 60; k++) {
    const a = left + ((right - left) * k) / 60, c = coefficientsAt(rows, a);
    const point = criticalPoints(critical, a)[0];
    let z = point;
    for (let t = 0; t < 120 && Number.isFinite(z); t++) { low = Math.min(low, z); high = Math.max(high, z); z = advance(c, z, window.period); }
  }
  const pad = (high - low) * 0.1;
  return low < high ? { y0: low - pad, y1: high + pad } : {};
}

function diagramPointer() {
  const overlay = el("overlay"), down = new Map();
  let mode = null, from = null, pinch = null, last = 0;
  const inside = () => { const box = overlay.getBoundingClientRect(); return { box, inner: diagramBox(box.width, box.height) }; };
  const place = (event) => { const { box } = inside(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  const world = (point) => {
    const { inner } = inside(), { view } = state;
    return {
      x: view.x0 + ((point.x - inner.x0) / (inner.x1 - inner.x0)) * (view.x1 - view.x0),
      y: view.y1 - ((point.y - inner.y0) / (inner.y1 - inner.y0)) * (view.y1 - view.y0),
    };
  };
  const setFrom = (point) => {
    const { factor } = units.get(state.unit), digits = Math.min(17, Math.max(4, viewDigits() + 1));
    setValue(Number((world(point).x * factor).toPrecision(digits)));
    touch("value");
  };
  const laneAt = (point) => point.y < LANE + 4 ? laneBoxes.filter((b) => point.x >= b.x0 - 2 && point.x <= b.x1 + 2).sort((p, q) => (p.x1 - p.x0) - (q.x1 - q.x0))[0] : undefined;
  const onCursor = (point) => {
    const { inner } = inside(), { view } = state;
    const x = inner.x0 + ((parameter() - view.x0) / (view.x1 - view.x0)) * (inner.x1 - inner.x0);
    return Math.abs(point.x - x) < 7;
  };
  const spanOf = () => { const [p, q] = [...down.values()]; return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, d: Math.max(20, Math.hypot(p.x - q.x, p.y - q.y)) }; };

  overlay.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    overlay.focus({ preventScroll: true });
    const point = place(event), named = laneAt(point);
    down.set(event.pointerId, point);
    overlay.setPointerCapture(event.pointerId);
    if (down.size === 2) { mode = "pinch"; pinch = { ...spanOf(), view: { ...state.view } }; selection = null; history_.push({ ...state.view }); return; }
    from = point;
    if (named) { mode = "lane"; zoomToWindow(named.each); return; }
    if (event.pointerType === "touch" || onCursor(point)) { mode = "cursor"; if (event.pointerType !== "touch") setFrom(point); return; }
    mode = "box";
  });
  overlay.addEventListener("pointermove", (event) => {
    const point = place(event);
    if (!down.has(event.pointerId)) {
      overlay.style.cursor = laneAt(point) ? "pointer" : onCursor(point) ? "ew-resize" : "crosshair";
      return;
    }
    down.set(event.pointerId, point);
    if (mode === "pinch" && down.size === 2) {
      const now = spanOf(), { inner } = inside(), { view } = pinch, factor = pinch.d / now.d;
      const wide = inner.x1 - inner.x0, tall = inner.y1 - inner.y0;
      const x = view.x0 + ((pinch.x - inner.x0) / wide) * (view.x1 - view.x0), y = view.y1 - ((pinch.y - inner.y0) / tall) * (view.y1 - view.y0);
      const w = (view.x1 - view.x0) * factor, h = (view.y1 - view.y0) * factor;
      const x0 = x - ((now.x - inner.x0) / wide) * w, y1 = y + ((now.y - inner.y0) / tall) * h;
      zoomTo({ x0, x1: x0 + w, y0: y1 - h, y1 }, false);
    } else if (mode === "cursor") setFrom(point);
    else if (mode === "box") {
      selection = { x: Math.min(from.x, point.x), y: Math.min(from.y, point.y), w: Math.abs(point.x - from.x), h: Math.abs(point.y - from.y) };
      touch("selection");
    }
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    const point = place(event), double = performance.now() - last < 350;
    if (mode === "box" && event.type === "pointerup") {
      if (selection && selection.w > 8 && selection.h > 8) {
        const p = world({ x: selection.x, y: selection.y + selection.h }), q = world({ x: selection.x + selection.w, y: selection.y });
        zoomTo({ x0: p.x, x1: q.x, y0: p.y, y1: q.y }, true, true);
      } else if (double && answer.window !== null && answer.window.period > 1) zoomToWindow(answer.window);
      else setFrom(point);
    } else if (mode === "cursor" && event.type === "pointerup" && event.pointerType === "touch" && Math.hypot(point.x - from.x, point.y - from.y) < 8) {
      if (double && answer.window !== null && answer.window.period > 1) zoomToWindow(answer.window); else setFrom(point);
    }
    last = performance.now();
    selection = null;
    if (down.size === 0) mode = null; else if (mode === "pinch") mode = "spent";
    touch("selection");
  };
  overlay.addEventListener("pointerup", up);
  overlay.addEventListener("pointercancel", up);
  let wheeled = 0;
  overlay.addEventListener("wheel", (event) => {
    event.preventDefault();
    const remember = performance.now() - wheeled > 600;
    wheeled = performance.now();
    zoomBy(Math.exp(Math.min(Math.max(event.deltaY * (event.deltaMode === 1 ? 30 : 1), -240), 240) * 0.0018), world(place(event)), remember);
  }, { passive: false });
}

function pan(dx, dy) {
  const { x0, x1, y0, y1 } = state.view, x = (x1 - x0) * dx, y = (y1 - y0) * dy;
  zoomTo({ x0: x0 + x, x1: x1 + x, y0: y0 + y, y1: y1 + y }, false);
}

// --- the start -------------------------------------------------------------------------------------------------------

function setStart(z) {
  if (!Number.isFinite(z)) return;
  const limit = 10 * Math.max(...known.states.map(Math.abs), 1);
  state.start = Math.min(Math.max(z, -limit), limit);
  state.drawn = false;
  touch("value");
}

function cobwebPointer() {
  const canvas = el("cobweb");
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    const z = cobweb.low + (event.clientX - box.left - cobweb.box.x0) / cobweb.scale;
    setStart(Number(Math.min(Math.max(z, cobweb.low), cobweb.high).toPrecision(4)));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) follow(event); });
}

function drawAnother() {
  if (!(training instanceof QuadraticTraining)) return;
  state.seed = state.drawn ? state.seed + 1 : state.seed;
  state.drawn = true;
  touch("value");
}

// --- the keyboard ----------------------------------------------------------------------------------------------------

const SLIDER_KEYS = {
  ArrowRight: 1 / 400, ArrowUp: 1 / 400, ArrowLeft: -1 / 400, ArrowDown: -1 / 400, PageUp: 1 / 20, PageDown: -1 / 20,
};

function onSliderKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const parts = SLIDER_KEYS[event.key];
  if (parts !== undefined) nudge(event.shiftKey ? parts * 10 : parts);
  else if (event.key === "Home") { setValue(Math.max(LEAST, LOW) * units.get(state.unit).factor); showCursor(); touch("value"); }
  else if (event.key === "End") { setValue(HIGH * units.get(state.unit).factor); showCursor(); touch("value"); }
  else return;
  event.preventDefault();
}

function onDiagramKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
  if (moves) pan(...moves);
  else if (event.key === "Enter" && answer.window !== null && answer.window.period > 1) zoomToWindow(answer.window);
  else return;
  event.preventDefault();
}

function onCobwebKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const size = (cobweb.high - cobweb.low) / (event.shiftKey ? 20 : 200);
  const moves = { ArrowRight: size, ArrowUp: size, ArrowLeft: -size, ArrowDown: -size }[event.key];
  if (!moves) return;
  setStart(Number((start + moves).toPrecision(6)));
  event.preventDefault();
}

/** Keys that work wherever the focus is on this page's controls, but not while something is typed or chosen. */
const PAGE_KEYS = {
  "[": () => stepBoundary(-1), "]": () => stepBoundary(1), "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2),
  "0": () => zoomTo(START_VIEW, true, true), b: zoomBack, n: drawAnother,
  w: () => { if (answer.window !== null && answer.window.period > 1) zoomToWindow(answer.window); },
  u: () => { const keys = [...units.keys()]; chooseUnit(keys[(keys.indexOf(state.unit) + 1) % keys.length]); },
  "?": () => { el("help").open = !el("help").open; },
};

function onPageKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === document.body) return;
  if (event.target.matches("input[type=text], select, textarea")) return;
  const act = PAGE_KEYS[event.key];
  if (!act) return;
  act();
  event.preventDefault();
}

// --- the rest --------------------------------------------------------------------------------------------------------

function chooseUnit(unit) {
  setUnit(unit);
  for (const input of document.querySelectorAll("input[name=unit]")) input.checked = input.value === state.unit;
  touch("value", "view", "layout");
}

/** A field for a number: ``act`` takes what was typed, ``now`` tells what the page makes of it. */
function enter(input, act, now) {
  const read = () => {
    const value = typed(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    if (value === null) return;
    act(value);
    const used = now();
    if (used !== value) input.value = written(used, 8).replace(/−/g, "-");  // out of reach: what is shown instead
  };
  input.addEventListener("change", read);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") { read(); event.preventDefault(); } });
  input.addEventListener("blur", () => { input.setAttribute("aria-invalid", "false"); touch("value"); });
}

/** Write the permalink, a moment after the last change. */
function later() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(() => {
    const text = fragment();
    if (text !== window.location.hash) window.history.replaceState(null, "", text);
  }, 200);
}

function copyLink() {
  window.history.replaceState(null, "", fragment());
  const said = (text) => { setText(el("copied"), text); setTimeout(() => setText(el("copied"), ""), 2500); };
  const field = el("link");
  field.value = window.location.href;
  const select = () => { field.hidden = false; field.select(); said("the link is below: copy it"); };
  if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(() => said("copied"), select); else select();
}

function buildWindows() {
  const choose = el("windows");
  if (known.atlas === null) { el("window-tools").hidden = true; return; }
  for (let period = 2; period <= known.atlas.max_period; period++) {
    const group = document.createElement("optgroup");
    group.label = `period ${period}`;
    windows.forEach((each, k) => {
      if (each.period !== period) return;
      const option = document.createElement("option");
      option.value = String(k);
      option.textContent = `${each.word} — ${period}, from ${each.decimals[BIRTH].slice(0, 10)}`;
      group.append(option);
    });
    if (group.children.length) choose.append(group);
  }
  choose.addEventListener("change", () => {
    const each = windows[Number(choose.value)];
    if (choose.value !== "" && each) zoomToWindow(each);
  });
}

const printing = () => document.documentElement.classList.contains("printing");

/** Lay the page out as on paper, and draw all of it before it is printed. */
function forPrint(on) {
  document.documentElement.classList.toggle("printing", on);
  Object.assign(dirty, { layout: true, view: true, value: true, picture: true });
  frame();
  while (on && workDiagram(performance.now() + 50)) { /* every column */ }
  if (run !== null && on) { run.done = run.advance(state.steps); drawLoss(answer, run, state.steps); }
  drawDiagram();
  drawExponents();
  if (!on) return;
  for (const [below, above] of [["diagram", "overlay"], ["exponents", "exponent-overlay"]]) {  // paper has one layer
    const context = el(below).getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(el(above), 0, 0);
  }
}

function begin() {
  readInk();
  buildTicks();
  buildWindows();
  setValue(firstValue());
  state.start = firstStart();
  readFragment(window.location.hash);
  for (const input of document.querySelectorAll("input[name=unit]")) {
    input.checked = input.value === state.unit;
    input.addEventListener("change", () => chooseUnit(input.value));
  }
  if (training === null) {
    el("loss-view").hidden = true;
    el("views").classList.add("untrained");
    el("no-loss").hidden = false;
    setText(el("no-loss"), known.no_training || "");
  }
  el("another").hidden = !(training instanceof QuadraticTraining);
  const steps = el("steps");
  if (!RUN_STEPS.includes(state.steps)) state.steps = 200;
  steps.value = String(state.steps);
  steps.addEventListener("change", () => { state.steps = Number(steps.value); touch("value"); });
  sliderPointer();
  diagramPointer();
  cobwebPointer();
  enter(el("value"), (value) => { setValue(value); showCursor(); touch("value"); }, () => state.value);
  enter(el("start"), setStart, () => state.start);
  el("slider").addEventListener("keydown", onSliderKey);
  el("overlay").addEventListener("keydown", onDiagramKey);
  el("cobweb").addEventListener("keydown", onCobwebKey);
  document.addEventListener("keydown", onPageKey);
  const acts = {
    previous: () => stepBoundary(-1), next: () => stepBoundary(1), "zoom-in": () => zoomBy(0.5), "zoom-out": () => zoomBy(2),
    "zoom-reset": () => zoomTo(START_VIEW, true, true), "zoom-back": zoomBack, another: drawAnother, copy: copyLink,
    "to-window": () => { if (answer.window !== null) zoomToWindow(answer.window); },
  };
  for (const [id, act] of Object.entries(acts)) el(id).addEventListener("click", act);
  new ResizeObserver(() => { if (!printing()) touch("layout", "view", "value", "picture"); }).observe(el("views"));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => touch("layout", "view", "value", "picture"));
  window.addEventListener("hashchange", () => {
    if (window.location.hash === fragment()) return;
    readFragment(window.location.hash);
    chooseUnit(state.unit);
    touch("value", "view", "layout", "picture");
  });
  window.addEventListener("beforeprint", () => forPrint(true));
  window.addEventListener("afterprint", () => forPrint(false));
  touch("layout", "view", "value", "picture");
}

/** For the console of the browser: what is on the page, as numbers. */
window.symphase = Object.freeze({
  known,
  set: (value, unit = state.unit) => { setUnit(unit); setValue(value); showCursor(); touch("value"); },
  state: () => ({ ...state, view: { ...state.view }, parameter: parameter(), stepSize: training === null ? null : stepSize(), hash: fragment() }),
  answer: () => ({ ...answerHere(), window: answerHere().window?.word ?? null, distance: distanceText() }),
  orbit: (steps) => orbit(coefficientsAt(rows, parameter()), beginning().start, steps),
  lyapunov: (a, transient, steps) => lyapunov(coefficientsAt(rows, a), criticalPoints(critical, a)[0], transient, steps),
  losses: (steps) => { const one = training.begin(beginning().weights, stepSize()); one.advance(steps); return one.losses; },
  weights: () => Array.from(beginning().weights),
  busy: () => asked || diagram.job !== null || (run !== null && !run.done),
  timing: () => timing.render.slice(),
});

begin();
