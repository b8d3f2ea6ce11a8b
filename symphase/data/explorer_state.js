// State: the step size in its unit, the start, the view; what the exact boundaries say about it; permalinks.

const known = JSON.parse(document.getElementById("known").textContent);
const rows = known.map.rows, critical = known.map.critical;
const units = new Map(known.units.map((unit) => [unit.key, unit]));
const windows = known.atlas ? known.atlas.windows : [];
const [BIRTH, SUPERSTABLE, FLIP, CASCADE, CRISIS] = [0, 1, 2, 3, 4];
const forwards = known.direction > 0;
const training = known.training === null ? null
  : known.training.kind === "quadratic" ? new QuadraticTraining(known.training) : new LossTraining(known.training);
const RUN_STEPS = [50, 100, 200, 500, 1000];

const [LOW, HIGH] = known.range;
const START_VIEW = { x0: LOW, x1: HIGH, y0: known.states[0], y1: known.states[1] };
const NARROWEST = 1e-12 * Math.max(1, Math.abs(LOW), Math.abs(HIGH));
const POSITIVE = known.kind !== "map";  // a step size is > 0
const LEAST = POSITIVE ? (HIGH - LOW) * 1e-6 : -Infinity;

const state = {
  value: 0, unit: known.units[0].key, snap: null,
  start: 0, seed: 1, drawn: false, steps: 200, view: { ...START_VIEW },
};

/** The map's parameter in floats; for the pictures, not for decisions. */
const parameter = () => state.value / units.get(state.unit).factor;
const etaUnit = units.has("eta") ? "eta" : "a";
const stepSize = () => state.unit === etaUnit ? state.value : parameter() * units.get(etaUnit).factor;

function setValue(value, unit = state.unit) {
  if (!Number.isFinite(value)) return false;
  const factor = units.get(unit).factor, room = (HIGH - LOW) * 2;
  state.value = Math.min(Math.max(value, Math.max(LEAST, LOW - room) * factor), (HIGH + room) * factor);
  state.unit = unit;
  state.snap = null;
  return true;
}

/** Go to a boundary: the float next to it that still belongs to the phase which it ends. */
function snapTo(k, unit = state.unit) {
  const { floats, middle } = known.boundaries[k].units[unit];
  const value = known.boundaries[k].kind === "onset" ? middle : floats[forwards ? 0 : 1];
  if (setValue(value, unit)) state.snap = state.value === value ? k : null;
}

function setUnit(unit) {
  if (unit === state.unit) return;
  if (state.snap !== null) snapTo(state.snap, unit);
  else {
    const a = parameter();
    setValue(a * units.get(unit).factor, unit);
  }
}

// --- which side of what: floats against floats that enclose the exact number ---

/** −1 below the boundary, +1 above, 0 exactly on it, null within its proved bounds. */
function sideOf(k, value = state.value, unit = state.unit) {
  const [down, up] = known.boundaries[k].units[unit].floats;
  if (down === up) return Math.sign(value - down);
  return value <= down ? -1 : value >= up ? 1 : null;
}

/** An interval that holds the exact parameter of the value in its unit. */
function enclosure() {
  const a = parameter();
  if (units.get(state.unit).factor === 1) return [a, a];
  const slack = Math.abs(a) * 4 * Number.EPSILON;
  return [a - slack, a + slack];
}

/** −1 before an event in phase order, +1 beyond, 0 undecided. */
function sideOfEvent([low, high], [down, up]) {
  const side = high < down || (high === down && down < up) ? -1 : low > up || (low === up && down < up) ? 1 : 0;
  return forwards ? side : -side;
}

/** The innermost window around the parameter and where in it, as far as the atlas goes. */
function placeOf(interval) {
  let inner = null;
  for (const window of windows) {
    const born = sideOfEvent(interval, window.floats[BIRTH]), closed = sideOfEvent(interval, window.floats[CRISIS]);
    if (born < 0 || closed > 0) continue;
    const undecided = born === 0 || closed === 0;
    if (inner === null || width(window) < width(inner.window)) inner = { window, undecided };
  }
  if (inner === null) return { window: null, place: "outside" };
  if (inner.undecided) return { window: inner.window, place: "undecided" };
  const flipped = sideOfEvent(interval, inner.window.floats[FLIP]);
  const ended = sideOfEvent(interval, inner.window.floats[CASCADE]);
  if (flipped === 0 || (flipped > 0 && ended === 0)) return { window: inner.window, place: "undecided" };
  return { window: inner.window, place: flipped < 0 ? "stable" : ended < 0 ? "cascade" : "bands" };
}

/** The window that a doubled one grew out of: itself for a window of its own; of period 1 in the first cascade. */
function rootOf(window) {
  let root = window;
  while (root.parent !== null) root = windows.find((each) => each.word === root.parent);
  return root;
}

function width(window) {
  return Math.abs(window.floats[CRISIS][0] - window.floats[BIRTH][0]);
}

/** The stretch between boundaries that holds the value; undecided within the proved bounds of one. */
function segmentHere() {
  for (const segment of known.segments) {
    const left = segment.from === null ? 1 : sideOf(segment.from), right = segment.to === null ? -1 : sideOf(segment.to);
    if (left === null || right === null) return { segment, undecided: left === null ? segment.from : segment.to };
    const begins = left > 0 || (left === 0 && !forwards), ends = right < 0 || (right === 0 && forwards);
    if (begins && ends) return { segment, undecided: null };
  }
  return { segment: known.segments[known.segments.length - 1], undecided: null };
}

/** The period between the certified flips that have no name of their own; null beyond them. */
function cascadePeriod(interval) {
  let period = null;
  for (const flip of known.cascade) {
    if (period === null) period = flip.period;
    const side = sideOfEvent(interval, flip.floats);
    if (side < 0) return period;
    if (side === 0) return null;
    period = 2 * flip.period;
  }
  return null;
}

/** Phase, period and certainty at the value, from exact boundaries and certified windows alone. */
function answerHere() {
  const { segment, undecided } = segmentHere(), interval = enclosure();
  const answer = {
    phase: segment.phase, label: segment.label, period: segment.period, certainty: segment.certainty,
    window: null, place: null, undecided, segment: known.segments.indexOf(segment),
  };
  if (undecided !== null) {
    answer.phase = "other";
    answer.period = null;
    answer.label = `undecided: within the proved bounds of the ${known.boundaries[undecided].name}`;
    answer.certainty = known.boundaries[undecided].certainty;
    return answer;
  }
  if (answer.phase === "periodic" && answer.period === null) {
    answer.period = cascadePeriod(interval);
    if (answer.period !== null) answer.label = `periodic, period ${answer.period}`;
  }
  const { window, place } = placeOf(interval);
  answer.window = window;
  answer.place = place;
  if (answer.phase !== "chaotic") return answer;
  if (window === null || rootOf(window).period === 1) {
    const near = nearestBoundary();
    const just = near !== null && near.boundary.kind === "onset" && Math.abs(near.distance) < 1e-3 * Math.abs(state.value);
    if (just) answer.label = `chaotic, just beyond the onset of chaos`;
    return answer;
  }
  if (place === "stable") {
    Object.assign(answer, { phase: "periodic", period: window.period, certainty: known.atlas.certainty });
    answer.label = `periodic, period ${window.period}, a window in the chaotic range`;
  } else if (place === "cascade") {
    Object.assign(answer, { phase: "periodic", certainty: known.atlas.certainty });
    answer.label = `periodic, a doubling of period ${window.period}, in a window of the chaotic range`;
  } else if (place === "bands") {
    answer.label = `chaotic bands in the window of period ${window.period}`;
  } else {
    answer.label = `chaotic range, at the edge of the window of period ${window.period}: undecided in rounding`;
  }
  return answer;
}

/** The boundary nearest to the value, and how far it lies above it, in the unit in use and relative to the value. */
function nearestBoundary() {
  let best = null;
  known.boundaries.forEach((boundary, k) => {
    if (boundary.kind === "stability" && POSITIVE) return;
    const distance = boundary.units[state.unit].middle - state.value;
    if (best === null || Math.abs(distance) < Math.abs(best.distance)) best = { k, boundary, distance };
  });
  return best;
}

/** The phase of a column of a picture, by floats alone: good enough for a colour. */
const phaseColumns = (() => {
  const ends = known.segments.map((s) => (s.to === null ? Infinity : known.boundaries[s.to].units.a.middle));
  const stable = windows.filter((w) => w.period > 1)
    .map((w) => [w.floats[BIRTH][0], w.floats[CASCADE][0]].sort((x, y) => x - y))
    .sort((x, y) => x[0] - y[0]);
  const births = stable.map((each) => each[0]);
  return (a) => {
    let k = 0;
    while (ends[k] < a) k++;
    const phase = known.segments[k].phase;
    if (phase !== "chaotic") return phase;
    let low = 0, high = births.length;
    while (low < high) { const m = (low + high) >> 1; if (births[m] <= a) low = m + 1; else high = m; }
    for (let i = low - 1; i >= 0 && i >= low - 8; i--) if (a <= stable[i][1]) return "periodic";
    return phase;
  };
})();

// --- writing numbers ---

const minus = (text) => text.replace(/-/g, "−");

/** So many significant digits, without an exponent where that is readable. */
function written(x, digits = 6) {
  if (x === null || Number.isNaN(x)) return "none";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(x)));
  if (size < -5 || size > 9) return minus(x.toExponential(Math.max(0, digits - 1))).replace(/\.?0+e/, "e").replace("e+", "e");
  const text = x.toFixed(Math.max(0, Math.min(20, digits - 1 - size)));
  return minus(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}

/** A number as it is typed: a decimal or p/q, nothing else. */
function typed(text) {
  const clean = text.trim().replace(/−/g, "-");
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i, found = clean.split("/").map((part) => part.trim());
  if (found.length > 2 || !found.every((part) => part.length <= 60 && decimal.test(part))) return null;
  const value = found.length === 2 ? Number(found[0]) / Number(found[1]) : Number(found[0]);
  return Number.isFinite(value) ? value : null;
}

/** Digits that suffice to tell a value from its neighbours in the view. */
const viewDigits = () => Math.min(16, Math.max(5, 3 + Math.ceil(Math.log10(Math.max(Math.abs(state.view.x0), Math.abs(state.view.x1)) / (state.view.x1 - state.view.x0)))));

// --- permalinks: everything that a visitor chose, in the fragment ---

function fragment() {
  const parts = [`u=${state.unit}`, state.snap !== null ? `at=${state.snap}` : `v=${state.value}`];
  parts.push(state.drawn ? `seed=${state.seed}` : `z=${state.start}`);
  if (state.steps !== 200) parts.push(`n=${state.steps}`);
  const { x0, x1, y0, y1 } = state.view;
  if (Object.keys(START_VIEW).some((key) => state.view[key] !== START_VIEW[key])) {
    parts.push(`x=${x0},${x1}`, `y=${y0},${y1}`);
  }
  return `#${parts.join("&")}`;
}

function pairOf(text) {
  const pair = text.split(",").map(typed);
  return pair.length === 2 && pair.every((x) => x !== null) && pair[0] < pair[1] ? pair : null;
}

/** Take over what a fragment says; what it does not say, or says badly, stays as it is. */
function readFragment(text) {
  const found = new Map();
  for (const part of String(text).replace(/^#/, "").slice(0, 2000).split("&")) {
    const at = part.indexOf("=");
    if (at > 0) found.set(part.slice(0, at), part.slice(at + 1));
  }
  const unit = units.has(found.get("u")) ? found.get("u") : state.unit;
  const value = found.has("v") ? typed(found.get("v")) : null;
  const at = /^\d{1,3}$/.test(found.get("at") || "") ? Number(found.get("at")) : -1;
  if (at >= 0 && at < known.boundaries.length) snapTo(at, unit);
  else if (value !== null) setValue(value, unit);
  const start = found.has("z") ? typed(found.get("z")) : null;
  if (start !== null && Math.abs(start) <= ESCAPED) Object.assign(state, { start, drawn: false });
  const seed = /^\d{1,9}$/.test(found.get("seed") || "") ? Number(found.get("seed")) : null;
  if (seed !== null && training instanceof QuadraticTraining) Object.assign(state, { seed, drawn: true });
  if (RUN_STEPS.includes(Number(found.get("n")))) state.steps = Number(found.get("n"));
  const x = found.has("x") ? pairOf(found.get("x")) : null, y = found.has("y") ? pairOf(found.get("y")) : null;
  if (x && y) state.view = clampedView({ x0: x[0], x1: x[1], y0: y[0], y1: y[1] });
}

/** A view within sensible limits: never narrower than floats can show, never far outside. */
function clampedView(view) {
  const limit = (low, high, least, most, narrowest) => {
    let size = Math.min(Math.max(high - low, narrowest), most - least), middle = (low + high) / 2;
    if (!Number.isFinite(middle)) { middle = (least + most) / 2; size = most - least; }
    low = Math.min(Math.max(middle - size / 2, least), most - size);
    return [low, low + size];
  };
  const wide = (START_VIEW.x1 - START_VIEW.x0) * 0.5, tall = (START_VIEW.y1 - START_VIEW.y0) * 0.5;
  const [x0, x1] = limit(view.x0, view.x1, START_VIEW.x0 - wide, START_VIEW.x1 + wide, NARROWEST);
  const [y0, y1] = limit(view.y0, view.y1, START_VIEW.y0 - tall, START_VIEW.y1 + tall, 1e-12 * (START_VIEW.y1 - START_VIEW.y0));
  return { x0, x1, y0, y1 };
}

// --- starts: of the map, and of the run ---

/** The weights at which the run begins, and the state of its leading sample. */
function beginning() {
  if (training === null) return { weights: null, start: state.start };
  if (!(training instanceof QuadraticTraining)) return { weights: Float64Array.of(state.start), start: state.start };
  const drawn = training.drawn(state.seed), eta = stepSize();
  if (state.drawn) return { weights: drawn, start: training.leadingState(drawn, eta) };
  const weights = training.moved(drawn, eta, state.start);
  return { weights, start: training.leadingState(weights, eta) };
}

/** A first state that shows something: off the fixed points, within the range that bounded orbits visit. */
function firstStart() {
  if (known.kind === "residual") return 0.545;
  const [low, high] = known.states;
  const a = parameter(), c = coefficientsAt(rows, a);
  for (const share of [0.37, 0.61, 0.48, 0.55, 0.43]) {
    const z = low + share * (high - low);
    if (Number.isFinite(advance(c, z, 500))) return Number(z.toPrecision(3));
  }
  const points = criticalPoints(critical, a);
  return points.length ? points[0] : (low + high) / 2;
}

function firstValue() {
  const inside = known.segments.findIndex((segment) => segment.phase === "periodic");
  if (inside < 0) return (LOW + HIGH) / 2;
  const segment = known.segments[inside], ends = [segment.from, segment.to].map((k) => known.boundaries[k]?.units.a.middle);
  return Number((((ends[0] ?? LOW) + (ends[1] ?? HIGH)) / 2).toPrecision(3));
}
