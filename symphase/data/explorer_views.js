// Views: canvases.  The costly diagram is kept as a picture; a move of the slider redraws only what lies on top of it.

const el = (id) => document.getElementById(id);
const ink = { colors: new Map(), rgb: new Map() };
const PHASE_NAMES = ["monotonic", "catapult", "periodic", "chaotic", "divergent", "convergent", "other"];

/** Read the colours of the page: they follow light and dark. */
function readInk() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "paper", "wash", ...PHASE_NAMES]) {
    ink.colors.set(name, style.getPropertyValue(`--${name}`).trim());
  }
  for (const name of PHASE_NAMES) {
    const hex = ink.colors.get(name);
    ink.rgb.set(name, [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
  }
}
const color = (name) => ink.colors.get(name);

/** A canvas with as many dots as the screen has; returns its context, scaled to CSS pixels. */
function prepared(canvas) {
  const ratio = Math.min(window.devicePixelRatio || 1, 3), box = canvas.getBoundingClientRect();
  const wide = Math.max(1, Math.round(box.width * ratio)), tall = Math.max(1, Math.round(box.height * ratio));
  if (canvas.width !== wide || canvas.height !== tall) { canvas.width = wide; canvas.height = tall; }
  const context = canvas.getContext("2d");
  context.setTransform(wide / Math.max(1, box.width), 0, 0, tall / Math.max(1, box.height), 0, 0);
  context.clearRect(0, 0, box.width, box.height);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return { context, width: box.width, height: box.height, ratio };
}

/** Round ticks between two numbers. */
function ticksOf(low, high, most) {
  const raw = (high - low) / Math.max(1, most), size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * size).find((s) => s >= raw);
  const found = [], digits = Math.max(0, Math.min(18, -Math.floor(Math.log10(step) + 1e-9)));
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const x = k * step;
    found.push({ x, text: minus(x.toFixed(digits)) });
  }
  return found;
}

const room = (width) => ({ left: width < 420 ? 50 : 62, right: 10, top: 8, bottom: 34 });

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** Axes with ticks and names around a box. */
function axes(context, box, xTicks, yTicks, xName, yName) {
  context.strokeStyle = color("line");
  context.lineWidth = 1;
  context.fillStyle = color("soft");
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { at, text } of xTicks) {
    line(context, at, box.y1, at, box.y1 + 4);
    context.fillText(text, at, box.y1 + 6);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, text } of yTicks) {
    line(context, box.x0 - 4, at, box.x0, at);
    context.fillText(text, box.x0 - 7, at);
  }
  context.strokeRect(box.x0 + 0.5, box.y0 + 0.5, box.x1 - box.x0 - 1, box.y1 - box.y0 - 1);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  if (xName) context.fillText(xName, (box.x0 + box.x1) / 2, box.y1 + 31);
  const widest = Math.max(0, ...yTicks.map(({ text }) => context.measureText(text).width));
  if (yName && widest < Math.min(box.x0, room(1000).left) - 22) {
    context.save();
    context.translate(Math.max(11, box.x0 - 42), (box.y0 + box.y1) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(yName, 0, 0);
    context.restore();
  }
}

// --- the slider's strip ----------------------------------------------------------------------------------------------

const sliderSpan = () => ({ low: LOW, high: HIGH });

function drawStrip(answer) {
  const { context, width, height } = prepared(el("strip")), { low, high } = sliderSpan();
  const place = (a) => ((a - low) / (high - low)) * width, top = 12, bottom = height - 6;
  known.segments.forEach((segment) => {
    const x0 = segment.from === null ? 0 : place(known.boundaries[segment.from].units.a.middle);
    const x1 = segment.to === null ? width : place(known.boundaries[segment.to].units.a.middle);
    context.fillStyle = color(segment.phase);
    context.globalAlpha = segment.phase === "other" ? 0.35 : 0.9;
    context.fillRect(Math.max(0, x0), top, Math.min(width, x1) - Math.max(0, x0), bottom - top);
  });
  context.globalAlpha = 1;
  context.fillStyle = color("periodic");
  for (const each of windows) {
    if (each.inside !== null && windows[each.inside].period > 1) continue;
    if (each.period === 1 || phaseColumns(each.floats[BIRTH][0]) === undefined) continue;
    const [x0, x1] = [place(each.floats[BIRTH][0]), place(each.floats[CASCADE][0])].sort((x, y) => x - y);
    if (x1 - x0 > 0.7) context.fillRect(x0, top, x1 - x0, bottom - top);
  }
  context.strokeStyle = color("paper");
  context.lineWidth = 1.5;
  for (const boundary of known.boundaries) {
    const x = place(boundary.units.a.middle);
    line(context, x, top, x, bottom);
  }
  const { x0, x1 } = state.view;
  if (x1 - x0 < 0.98 * (high - low)) {
    context.strokeStyle = color("ink");
    context.lineWidth = 1;
    context.strokeRect(place(x0) - 1, top - 4.5, Math.max(3, place(x1) - place(x0) + 2), bottom - top + 9);
  }
  const x = Math.min(Math.max(place(parameter()), 0), width);
  context.fillStyle = color("ink");
  context.strokeStyle = color("paper");
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - 7, 0);
  context.lineTo(x + 7, 0);
  context.lineTo(x + 7, 6);
  context.lineTo(x + 1.5, 12);
  context.lineTo(x + 1.5, height);
  context.lineTo(x - 1.5, height);
  context.lineTo(x - 1.5, 12);
  context.lineTo(x - 7, 6);
  context.closePath();
  context.stroke();
  context.fill();
  const bubble = el("bubble");
  bubble.className = `phase ${answer.phase}`;
}

// --- the bifurcation diagram and the exponent: computed a few columns at a time ---------------------------------------

const diagram = { job: null, picture: null, ratio: 1, exponents: null, fps: [] };
const LANE = 16;  // of window names above the diagram, in CSS pixels

function diagramBox(width, height) {
  const around = room(width);
  return { x0: around.left, y0: LANE + 6, x1: width - around.right, y1: height - around.bottom };
}

/** Begin a new picture of the diagram; until its columns are computed the old one stands in, stretched. */
function beginDiagram() {
  const canvas = el("diagram"), box = canvas.getBoundingClientRect(), ratio = Math.min(window.devicePixelRatio || 1, 2);
  const inner = diagramBox(box.width, box.height);
  const wide = Math.max(8, Math.round((inner.x1 - inner.x0) * ratio)), tall = Math.max(8, Math.round((inner.y1 - inner.y0) * ratio));
  const picture = document.createElement("canvas");
  picture.width = wide;
  picture.height = tall;
  const context = picture.getContext("2d"), view = { ...state.view }, old = diagram.picture;
  if (old) {
    const sx = wide / (view.x1 - view.x0), sy = tall / (view.y1 - view.y0), from = diagram.view;
    context.imageSmoothingEnabled = true;
    context.drawImage(old, (from.x0 - view.x0) * sx, (view.y1 - from.y1) * sy, (from.x1 - from.x0) * sx, (from.y1 - from.y0) * sy);
  }
  diagram.picture = picture;
  diagram.view = view;
  diagram.exponents = Array.from({ length: 4 }, () => new Float64Array(wide).fill(NaN));  // of up to four critical points
  diagram.job = { view, wide, tall, context, pass: 0, next: 0, counts: new Uint32Array(tall), column: context.createImageData(1, tall) };
}

/** Compute columns until the clock says stop; returns whether anything is left to do. */
function workDiagram(until) {
  const { job } = diagram;
  if (job === null) return false;
  while (performance.now() < until) {
    if (job.next >= job.wide) { job.pass += 1; job.next = 0; }
    if (job.pass > 1) { diagram.job = null; return false; }
    const column = job.pass === 0 ? coarse(job.next, job.wide) : job.next;
    drawColumn(job, column, job.pass === 0 ? 300 : 1500, job.pass === 0 ? 400 : 3000);
    job.next += 1;
  }
  return true;
}

/** The order of the first pass: every eighth column, then those between. */
function coarse(k, wide) {
  const stride = 8, each = Math.ceil(wide / stride);
  const column = (k % each) * stride + Math.floor(k / each);
  return column < wide ? column : wide - 1;
}

function drawColumn(job, column, transient, keep) {
  const { view, wide, counts } = job;
  const a = view.x0 + ((column + 0.5) / wide) * (view.x1 - view.x0), c = coefficientsAt(rows, a);
  const starts = criticalPoints(critical, a);
  const part = (view.y1 - view.y0) / (START_VIEW.y1 - START_VIEW.y0);
  const length = Math.min(60000, Math.round(keep / Math.max(part, 0.05)));
  const pixels = job.column.data, one = starts.length < 2 || known.map.reduced !== null;
  pixels.fill(0);
  counts.fill(0);
  let seen = 0;
  starts.forEach((start, k) => {
    const z = advance(c, start, transient), exponent = lyapunov(c, start, transient, Math.min(length, keep));
    if (k < diagram.exponents.length) diagram.exponents[k][column] = exponent;
    if (Number.isFinite(z)) seen += countVisits(c, z, length, view.y0, view.y1, counts);
    if (one && k + 1 < starts.length) return;
    // attractors of their own get the colour of what they do; the story's phase is that of one of them
    paint(pixels, counts, seen, one ? ink.rgb.get(phaseColumns(a)) : ink.rgb.get(behaviour(c, z, exponent)));
    counts.fill(0);
    seen = 0;
  });
  job.context.putImageData(job.column, column, 0);
}

/** What an orbit does, seen in floats. */
function behaviour(c, z, exponent) {
  if (!Number.isFinite(z)) return "other";
  if (exponent > 0.002) return "chaotic";
  return Math.abs(horner(c, z) - z) < 1e-6 * Math.max(1, Math.abs(z)) ? "convergent" : "periodic";
}

/** Turn counts into dots: one visit is pale, many are full. */
function paint(pixels, counts, seen, [red, green, blue]) {
  if (seen === 0) return;
  const tall = counts.length, gain = (0.55 * tall) / seen;
  for (let y = 0; y < tall; y++) {
    const n = counts[y], beside = Math.max(y > 0 ? counts[y - 1] : 0, y + 1 < tall ? counts[y + 1] : 0);
    if (n === 0 && beside === 0) continue;
    const alpha = Math.round(255 * Math.max(1 - Math.exp(-gain * n), 0.6 * (1 - Math.exp(-0.25 * gain * beside))));
    const at = 4 * y;
    if (alpha <= pixels[at + 3]) continue;
    pixels[at] = red;
    pixels[at + 1] = green;
    pixels[at + 2] = blue;
    pixels[at + 3] = alpha;
  }
}

/** Where windows are named, for clicks: filled while the lane is drawn. */
const laneBoxes = [];

function drawDiagram() {
  const { context, width, height } = prepared(el("diagram")), box = diagramBox(width, height), { view } = state;
  const x = (a) => box.x0 + ((a - view.x0) / (view.x1 - view.x0)) * (box.x1 - box.x0);
  const y = (z) => box.y1 - ((z - view.y0) / (view.y1 - view.y0)) * (box.y1 - box.y0);
  const sx = (box.x1 - box.x0) / (view.x1 - view.x0), sy = (box.y1 - box.y0) / (view.y1 - view.y0), from = diagram.view;
  context.save();
  context.beginPath();
  context.rect(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
  context.clip();
  context.strokeStyle = color("line");
  context.setLineDash([3, 3]);
  for (const boundary of known.boundaries) line(context, x(boundary.units.a.middle), box.y0, x(boundary.units.a.middle), box.y1);
  context.setLineDash([]);
  if (diagram.picture) {
    context.drawImage(diagram.picture, x(from.x0), box.y0 + (view.y1 - from.y1) * sy, (from.x1 - from.x0) * sx, (from.y1 - from.y0) * sy);
  }
  context.restore();
  drawLane(context, box, x);
  axes(context, box, unitTicks(view, x, box), ticksOf(view.y0, view.y1, Math.max(2, (box.y1 - box.y0) / 48)).map(({ x: z, text }) => ({ at: y(z), text })), axisName(), known.map.variable_name);
}

/** Ticks of the parameter in the unit in use. */
function unitTicks(view, x, box) {
  const { factor } = units.get(state.unit);
  const widest = 8 * Math.max(4, viewDigits() + 1) + 14;
  return ticksOf(view.x0 * factor, view.x1 * factor, Math.max(2, (box.x1 - box.x0) / widest))
    .map(({ x: value, text }) => ({ at: x(value / factor), text }));
}

const axisName = () => units.get(state.unit).name;

function drawLane(context, box, x) {
  laneBoxes.length = 0;
  context.save();
  context.beginPath();
  context.rect(box.x0, 0, box.x1 - box.x0, box.y0);
  context.clip();
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = context.font.replace("12px", "11px");
  const taken = [];
  const shown = windows.filter((each) => each.parent === null && each.period > 1).sort((p, q) => width(q) - width(p));
  for (const each of shown) {
    const [left, middle, right] = [BIRTH, FLIP, CRISIS].map((k) => x(each.floats[k][0]));
    const [x0, x1] = left < right ? [left, right] : [right, left];
    if (x1 < box.x0 || x0 > box.x1) continue;
    const inner = each.inside !== null && windows[each.inside].period > 1;
    if (x1 - x0 < (inner ? 3 : 1.2)) continue;
    const top = inner ? LANE - 4 : LANE - 2, visible = [Math.max(x0, box.x0), Math.min(x1, box.x1)];
    context.fillStyle = color("periodic");
    context.globalAlpha = 0.35;
    context.fillRect(x0, top, Math.max(1, x1 - x0), inner ? 3 : 5);
    context.globalAlpha = 1;
    context.fillRect(Math.min(left, middle), top, Math.max(1, Math.abs(middle - left)), inner ? 3 : 5);
    const full = `${each.period} · ${each.word}`, centre = (visible[0] + visible[1]) / 2;
    const text = [full, String(each.period)].find((t) => {
      const half = context.measureText(t).width / 2 + 4;
      const fits = visible[1] - visible[0] > 30 || x1 - x0 > 2.5;
      return fits && centre - half > box.x0 && centre + half < box.x1 && taken.every(([p, q]) => centre + half < p || centre - half > q);
    });
    if (text !== undefined) {
      const half = context.measureText(text).width / 2 + 4;
      taken.push([centre - half, centre + half]);
      context.fillStyle = color("soft");
      context.fillText(text, centre, 7);
    }
    const reach = text === undefined ? 3 : context.measureText(text).width / 2 + 3;
    laneBoxes.push({ x0: Math.min(x0, centre - reach), x1: Math.max(x1, centre + reach), each });
  }
  context.restore();
}

/** What lies on top of the diagram: the cursor, the name of the window here, the box that is being drawn. */
function drawOverlay(answer, selection) {
  const { context, width, height } = prepared(el("overlay")), box = diagramBox(width, height), { view } = state;
  const x = box.x0 + ((parameter() - view.x0) / (view.x1 - view.x0)) * (box.x1 - box.x0);
  if (x >= box.x0 - 1 && x <= box.x1 + 1) {
    context.strokeStyle = color("ink");
    context.lineWidth = 1.5;
    line(context, x, box.y0, x, box.y1);
    context.fillStyle = color("ink");
    context.beginPath();
    context.moveTo(x - 6, box.y1);
    context.lineTo(x + 6, box.y1);
    context.lineTo(x, box.y1 - 9);
    context.fill();
    if (answer.window !== null && rootOf(answer.window).period > 1) {
      const text = `window ${answer.window.word} · period ${answer.window.period}`, half = context.measureText(text).width / 2 + 6;
      const middle = Math.min(Math.max(x, box.x0 + half + 2), box.x1 - half - 2);
      context.fillStyle = color("paper");
      context.globalAlpha = 0.9;
      context.fillRect(middle - half, box.y0 + 5, 2 * half, 18);
      context.globalAlpha = 1;
      context.fillStyle = color("ink");
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(text, middle, box.y0 + 14);
    }
  } else {
    context.fillStyle = color("soft");
    context.textAlign = x < box.x0 ? "left" : "right";
    context.textBaseline = "middle";
    context.fillText(x < box.x0 ? `‹ your ${known.words.value}` : `your ${known.words.value} ›`, x < box.x0 ? box.x0 + 6 : box.x1 - 6, box.y0 + 14);
  }
  if (selection) {
    context.fillStyle = color("ink");
    context.globalAlpha = 0.1;
    context.fillRect(selection.x, selection.y, selection.w, selection.h);
    context.globalAlpha = 1;
    context.strokeStyle = color("ink");
    context.lineWidth = 1;
    context.strokeRect(selection.x + 0.5, selection.y + 0.5, selection.w, selection.h);
  }
}

const exponentBox = (width, height) => ({ x0: room(width).left, y0: 6, x1: width - room(width).right, y1: height - 8 });

function drawExponents() {
  const { context, width, height, ratio } = prepared(el("exponents")), box = exponentBox(width, height), { exponents } = diagram;
  const low = -2.5, high = 1.25, { view } = state, from = diagram.view;
  const y = (value) => box.y1 - ((Math.min(Math.max(value, low), high) - low) / (high - low)) * (box.y1 - box.y0);
  if (exponents && from) {
    context.save();
    context.beginPath();
    context.rect(box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
    context.clip();
    const wide = exponents[0].length, step = ((from.x1 - from.x0) / wide) * ((box.x1 - box.x0) / (view.x1 - view.x0));
    const left = box.x0 + ((from.x0 - view.x0) / (view.x1 - view.x0)) * (box.x1 - box.x0);
    const zero = y(0), snap = (x) => Math.round(x * ratio) / ratio;  // to whole dots: pale columns must not overlap
    for (const values of exponents) {
      for (let k = 0; k < wide; k++) {
        const value = values[k];
        if (Number.isNaN(value)) continue;
        const phase = phaseColumns(from.x0 + ((k + 0.5) / wide) * (from.x1 - from.x0)), x = snap(left + k * step), thick = Math.max(snap(left + (k + 1) * step) - x, 1 / ratio);
        context.fillStyle = color(value > 0 ? "chaotic" : phase === "chaotic" ? "periodic" : phase);
        const top = y(value);
        context.globalAlpha = 0.3;
        context.fillRect(x, Math.min(zero, top), thick, Math.abs(top - zero));
        context.globalAlpha = 1;
        context.fillRect(x, top - 0.8, thick, 1.6);
      }
    }
    context.strokeStyle = color("soft");
    line(context, box.x0, zero, box.x1, zero);
    context.restore();
  }
  axes(context, box, [], [-2, -1, 0, 1].map((value) => ({ at: y(value), text: minus(String(value)) })), "", "exponent");
}

function drawExponentCursor() {
  const { context, width, height } = prepared(el("exponent-overlay")), box = exponentBox(width, height), { view } = state;
  const x = box.x0 + ((parameter() - view.x0) / (view.x1 - view.x0)) * (box.x1 - box.x0);
  if (x < box.x0 - 1 || x > box.x1 + 1) return;
  context.strokeStyle = color("ink");
  context.lineWidth = 1.5;
  line(context, x, box.y0, x, box.y1);
}

// --- the map and its cobweb ------------------------------------------------------------------------------------------

const cobweb = { x: null, y: null, box: null };
const WEB_STEPS = 60;

function webRange() {
  const [low, high] = known.states;
  return known.kind === "residual" ? [-2.25, 2.4] : [low, high];
}

function drawCobweb(answer, start) {
  const { context, width, height } = prepared(el("cobweb"));
  const around = room(width), size = Math.min(width - around.left - around.right, height - around.top - around.bottom);
  const left = around.left + (width - around.left - around.right - size) / 2;
  const box = { x0: left, y0: around.top, x1: left + size, y1: around.top + size };
  const [low, high] = webRange(), scale = size / (high - low), a = parameter(), c = coefficientsAt(rows, a);
  const x = (z) => box.x0 + (z - low) * scale, y = (z) => box.y1 - (z - low) * scale;
  const clip = (v) => Math.min(Math.max(v, -1e4), 1e4);
  Object.assign(cobweb, { low, high, scale, box });
  context.save();
  context.beginPath();
  context.rect(box.x0, box.y0, size, size);
  context.clip();
  context.strokeStyle = color("line");
  context.lineWidth = 1;
  line(context, x(low), y(low), x(high), y(high));
  if (low < 0 && high > 0) { line(context, x(low), y(0), x(high), y(0)); line(context, x(0), y(low), x(0), y(high)); }
  const path = orbit(c, start, WEB_STEPS), tone = color(answer.phase);
  context.strokeStyle = tone;
  context.lineWidth = 1.1;
  context.globalAlpha = 0.75;
  context.beginPath();
  context.moveTo(clip(x(path[0])), clip(y(path[0])));
  for (let t = 0; t + 1 < path.length; t++) {
    context.lineTo(clip(x(path[t])), clip(y(path[t + 1])));
    context.lineTo(clip(x(path[t + 1])), clip(y(path[t + 1])));
  }
  context.stroke();
  context.globalAlpha = 1;
  const settled = advance(c, start, 2000);
  if (Number.isFinite(settled) && answer.phase !== "chaotic") {
    const cycle = orbit(c, settled, 64);
    context.lineWidth = 2.4;
    context.beginPath();
    context.moveTo(clip(x(cycle[0])), clip(y(cycle[0])));
    for (let t = 0; t + 1 < cycle.length; t++) {
      context.lineTo(clip(x(cycle[t])), clip(y(cycle[t + 1])));
      context.lineTo(clip(x(cycle[t + 1])), clip(y(cycle[t + 1])));
    }
    context.stroke();
  }
  context.strokeStyle = color("ink");
  context.lineWidth = 1.8;
  context.beginPath();
  for (let k = 0; k <= 160; k++) {
    const z = low + ((high - low) * k) / 160;
    const point = [x(z), clip(y(horner(c, z)))];
    if (k === 0) context.moveTo(...point); else context.lineTo(...point);
  }
  context.stroke();
  context.restore();
  const ticks = ticksOf(low, high, Math.max(2, size / 60));
  axes(context, box, ticks.map(({ x: z, text }) => ({ at: x(z), text })), ticks.map(({ x: z, text }) => ({ at: y(z), text })), known.map.variable_name, "next");
  const handle = [Math.min(Math.max(x(start), box.x0), box.x1), Math.min(Math.max(y(start), box.y0), box.y1)];
  Object.assign(cobweb, { handle });
  context.fillStyle = color("paper");
  context.strokeStyle = color("ink");
  context.lineWidth = 2.5;
  context.beginPath();
  context.arc(...handle, 7, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

// --- the loss of the run ---------------------------------------------------------------------------------------------

const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const powerOfTen = (k) => `10${String(k).replace("-", "⁻").replace(/\d/g, (d) => POWERS[d])}`;

/** Whole decades around what is shown; never fewer than three, never below what floats resolve. */
function decades(values) {
  let low = Infinity, high = 0;
  for (const value of values) if (value > 0) { low = Math.min(low, value); high = Math.max(high, value); }
  if (!(high > 0)) return [-1, 1];
  const top = Math.ceil(Math.log10(high) + 1e-9), bottom = Math.floor(Math.log10(Math.max(low, high * 1e-32)) - 1e-9);
  return top - bottom < 3 ? [top - 3, top] : [bottom, top];
}

function drawLoss(answer, run, steps) {
  const { context, width, height } = prepared(el("loss"));
  const around = room(width), box = { x0: around.left, y0: around.top, x1: width - around.right, y1: height - around.bottom };
  const shift = Number.isFinite(run.training.lowest) ? run.training.lowest : 0;
  const losses = shift !== 0 ? run.losses.map((value) => value - shift) : run.losses;
  const [bottom, top] = decades(losses), many = Math.ceil((top - bottom) / Math.max(2, (box.y1 - box.y0) / 26));
  const x = (t) => box.x0 + (t / steps) * (box.x1 - box.x0);
  const y = (value) => box.y1 - ((Math.log10(Math.max(value, 1e-300)) - bottom) / (top - bottom)) * (box.y1 - box.y0);
  const yTicks = [];
  for (let k = bottom; k <= top; k += many) yTicks.push({ at: y(10 ** k), text: powerOfTen(k) });
  context.save();
  context.beginPath();
  context.rect(box.x0, box.y0 - 1, box.x1 - box.x0, box.y1 - box.y0 + 2);
  context.clip();
  const draw = (values, tone, thick, alpha, dash) => {
    context.strokeStyle = tone;
    context.lineWidth = thick;
    context.globalAlpha = alpha;
    context.setLineDash(dash);
    context.beginPath();
    values.forEach((value, t) => (t === 0 ? context.moveTo(x(t), y(value)) : context.lineTo(x(t), y(value))));
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  };
  if (run.training.samples > 1) draw(run.leading, color("soft"), 1, 0.8, [2, 3]);
  draw(losses, color(answer.phase), 2, 1, []);
  if (run.escaped) {
    context.fillStyle = color("divergent");
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(`escaped at step ${run.losses.length}`, Math.min(x(run.losses.length) + 8, box.x1 - 110), box.y0 + 6);
  }
  context.restore();
  const xTicks = ticksOf(0, steps, Math.max(2, (box.x1 - box.x0) / 70)).map(({ x: t, text }) => ({ at: x(t), text }));
  axes(context, box, xTicks, yTicks, "step", shift !== 0 ? "L above its least" : "training loss L");
}
