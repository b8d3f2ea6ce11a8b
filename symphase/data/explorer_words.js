// Words: what the page says about the value, in text for everybody and for screen readers.

const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const setHtml = (node, html) => { if (node.innerHTML !== html) node.innerHTML = html; };  // only what the package has made and escaped
const setClass = (node, name) => { if (node.className !== name) node.className = name; };

function numbersText() {
  const a = parameter(), digits = Math.max(6, viewDigits());
  return [...units.values()]
    .map((unit) => `${unit.symbol} = ${written(unit.key === state.unit ? state.value : a * unit.factor, digits)}`)
    .join("  ·  ");
}

function distanceText() {
  const near = nearestBoundary();
  if (near === null) return "";
  const unit = units.get(state.unit), side = sideOf(near.k);
  if (side === null) return `within the proved bounds of the ${near.boundary.name}`;
  if (side === 0) return `exactly on the ${near.boundary.name}`;
  const relative = Math.abs(near.distance / state.value), where = side < 0 ? "below" : "beyond";
  if (Math.abs(near.distance) <= 2 * Number.EPSILON * Math.abs(state.value)) return `the last float ${where} the ${theName(near.boundary)}`;
  const just = relative < 1e-3 ? "just " : "";
  const share = relative <= 1 ? `${written(100 * relative, 2)} %, ` : "";  // of a value near zero it says nothing
  return `${just}${where} the ${theName(near.boundary)}: ${share}${written(Math.abs(near.distance), 3)} in ${unit.symbol}`;
}

function theName(boundary) {
  const text = boundary.units[state.unit].decimal, short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  const [down, up] = boundary.units[state.unit].floats;
  const exactly = state.unit === "a" && boundary.exact !== null ? boundary.text : down === up ? short : `${text.slice(0, 10)}…`;
  return `${boundary.name} at ${minus(exactly)}`;
}

/** The theorems whose range holds the value, the one about the phase first. */
function theoremsHere(found) {
  const end = (k, otherwise) => (k === null ? otherwise : known.boundaries[k].units.a.middle);
  const size = (theorem) => end(theorem.to, HIGH + 1e9) - end(theorem.from, LOW - 1e9);
  const own = (theorem) => (theorem.phase === known.segments[found.segment].phase ? 0 : 1);
  const holds = ({ from, to, ends }) => {
    const left = from === null ? 1 : sideOf(from), right = to === null ? -1 : sideOf(to);
    if (left === null || right === null) return false;
    return (left > 0 || (left === 0 && ends[0])) && (right < 0 || (right === 0 && ends[1]));
  };
  // in chaos the theorem about all of it comes first, elsewhere the most particular one; a single value beats both
  const wide = known.segments[found.segment].phase === "chaotic" ? -1 : 1;
  const rank = (theorem) => (theorem.from !== null && theorem.from === theorem.to ? -1 : own(theorem));
  return known.theorems.filter(holds).sort((x, y) => rank(x) - rank(y) || (own(x) === 0 ? wide : 1) * (size(x) - size(y)));
}

function say(found) {
  const badge = el("phase");
  setText(badge, found.phase === "other" ? "undecided" : found.phase);
  if (found.phase === "other" && found.undecided === null) setText(badge, "no claim");
  setClass(badge, `phase ${found.phase}`);
  setText(el("certainty"), found.certainty);
  setClass(el("certainty"), `level ${found.certainty}`);
  setText(el("label"), shortLabel(found));
  setText(el("numbers"), numbersText());
  setText(el("distance"), distanceText());
  setText(el("bubble"), `${units.get(state.unit).symbol} = ${written(state.value, Math.max(6, viewDigits()))}`);
  const entry = el("value");
  if (document.activeElement !== entry) entry.value = written(state.value, Math.max(8, viewDigits())).replace(/−/g, "-");
  setText(el("value-name"), units.get(state.unit).symbol);
  const at = el("start");
  if (document.activeElement !== at) at.value = written(start, 5).replace(/−/g, "-");
  markNearest();
  sayNumerical(found);
  sayWindow(found);
  sayTheorem(found);
  const slider = el("slider");
  const { factor } = units.get(state.unit);
  slider.setAttribute("aria-valuemin", String(Math.max(LOW, LEAST) * factor));
  slider.setAttribute("aria-valuemax", String(HIGH * factor));
  slider.setAttribute("aria-valuenow", String(state.value));
  slider.setAttribute("aria-valuetext", `${units.get(state.unit).symbol} ${written(state.value, 8)}, ${found.label}`);
  const web = el("cobweb");
  web.setAttribute("aria-valuemin", String(webRange()[0]));
  web.setAttribute("aria-valuemax", String(webRange()[1]));
  web.setAttribute("aria-valuenow", String(start));
  web.setAttribute("aria-valuetext", `start ${written(start, 5)}`);
  clearTimeout(spokenTimer);
  spokenTimer = setTimeout(speak, 500);
}

let nearest = -1;
/** Mark the boundary that is nearest, and bring it into sight where the boundaries scroll. */
function markNearest() {
  const near = nearestBoundary(), holder = el("ticks"), k = near === null ? -1 : near.k;
  if (k === nearest) return;
  nearest = k;
  [...holder.children].forEach((button, i) => button.classList.toggle("near", i === k));
  if (k < 0 || holder.scrollWidth <= holder.clientWidth) return;
  const button = holder.children[k];
  holder.scrollTo({ left: button.offsetLeft - holder.offsetLeft - (holder.clientWidth - button.offsetWidth) / 2, behavior: calm.matches ? "auto" : "smooth" });
}

function speak() {
  setText(el("spoken"), `${numbersText()}. ${el("phase").textContent}: ${answer.label}, ${answer.certainty}. ${distanceText()}.`);
}

/** The exponent and the period of the orbit that is drawn: a second opinion, not a proof. */
function numericalHere() {
  const c = coefficientsAt(rows, parameter());
  return { exponent: lyapunov(c, start, 1000, 6000), period: settledPeriod(c, start, 6000) };
}

function sayNumerical(found) {
  const { exponent, period } = numericalHere();
  setText(el("also"), found.phase === "chaotic" && period > 0
    ? `Yet this browser's orbit settles on a cycle of period ${period} (numerical): a narrow window that the list does not reach.` : "");
  setText(el("exponent-value"), Number.isNaN(exponent) ? "none" : written(exponent, 4));
  setText(el("orbit-period"), period === 0 ? "escapes" : period === null ? "no period ≤ 64" : `period ${period}`);
}

function sayRun() {
  const { losses } = run, last = losses.length - 1;
  const text = run.escaped ? `escaped at step ${losses.length}` : `then L = ${written(losses[last], 4)}`;
  const rises = losses.reduce((n, value, t) => n + (t > 0 && value - losses[t - 1] > 1e-9 * Math.abs(losses[t - 1]) ? 1 : 0), 0);
  setText(el("run-said"), `${text}; ${rises} rise${rises === 1 ? "" : "s"}`);
}

function sayWindow(found) {
  const { window } = found, place = el("window-said");
  if (known.atlas === null) return setText(place, known.no_atlas || "");
  if (window === null || rootOf(window).period === 1) {
    const chaotic = found.phase === "chaotic";
    el("to-window").disabled = true;
    el("windows").value = "";
    return setText(place, window !== null && window.period > 1 && ["periodic", "chaotic"].includes(found.phase) ? `kneading word ${window.word}, certified` : chaotic ? `in no window of period ≤ ${known.atlas.max_period}` : "");
  }
  el("to-window").disabled = false;
  const digits = Math.max(7, viewDigits() + 1), [birth, , flip, , crisis] = window.decimals.map((text) => text.slice(0, digits));
  setText(place, `window ${window.word}, period ${window.period}: ${window.birth} ${birth}…, flip ${flip}…, crisis ${crisis}…`);
  const choose = el("windows");
  const index = String(windows.indexOf(window));
  if (document.activeElement !== choose && choose.value !== index) choose.value = index;
}

/** The label without the phase, which stands before it already. */
function shortLabel(found) {
  const rest = found.label.startsWith(found.phase) ? found.label.slice(found.phase.length).replace(/^[\s,:]+/, "") : found.label;
  return rest.replace(/^\((.*)\)$/, "$1");
}

const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

let theoremShown = null;
function sayTheorem(found) {
  const [theorem = null, ...others] = theoremsHere(found);
  const key = `${theorem ? theorem.name : ""}|${found.segment}|${found.undecided}|${found.place}|${found.window ? found.window.word : ""}`;
  if (key === theoremShown) return;
  theoremShown = key;
  const segment = known.segments[found.segment];
  setText(el("theorem-name"), theorem ? theorem.name : "No theorem here");
  setHtml(el("theorem-words"), theorem ? theorem.words : segment.words);
  setHtml(el("theorem-statement"), theorem ? theorem.statement : "");
  setHtml(el("theorem-others"), others.map((each) =>
    `<details><summary>${escaped(each.name)} <span class="level ${each.certainty}">${each.certainty}</span></summary><p>${each.words}</p>${each.statement}</details>`).join(""));
  el("also-here").hidden = others.length === 0;
  el("theorem-more").hidden = !theorem || !theorem.statement;
  const level = theorem ? theorem.certainty : found.certainty;
  setText(el("theorem-level"), level);
  setClass(el("theorem-level"), `level ${level}`);
  const inside = found.window !== null && found.window.period > 1;
  const run = known.words.runs.replace(/s$/, "");
  const also = {
    stable: `A cycle attracts here: a typical ${run} settles on it and repeats, although chaotic ones exist beside it.`,
    cascade: `The window's cycle has doubled here: a typical ${run} settles on a longer cycle, in a small copy of the whole story.`,
    bands: `Inside this window a typical ${run} is chaotic again, in as many bands as the window's period says, or more.`,
  };
  const more = inside && rootOf(found.window).period > 1 ? also[found.place] || "" : "";
  setText(el("theorem-window"), more);
  const plain = found.undecided !== null ? "Rounding does not tell on which side of a boundary this number lies." : segment.words;
  setHtml(el("words"), more || (theorem && theorem.phase === segment.phase && found.undecided === null ? theorem.words : plain));
}
