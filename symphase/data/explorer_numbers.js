// Numbers: iterates, exponents, gradient descent, all in floats.  What is computed here is numerical and proves nothing.

const ESCAPED = 1e6;

function horner(c, x) {
  let total = c[c.length - 1];
  for (let k = c.length - 2; k >= 0; k--) total = total * x + c[k];
  return total;
}

/** Coefficients in the variable at one parameter, lowest power first; rows[k][j] belongs to z^k a^j. */
function coefficientsAt(rows, a) {
  return Float64Array.from(rows, (row) => horner(row, a));
}

function derivativeOf(c) {
  const found = new Float64Array(Math.max(1, c.length - 1));
  for (let k = 1; k < c.length; k++) found[k - 1] = k * c[k];
  return found;
}

/** Real roots in growing order, each once: between the roots of the derivative there is at most one. */
function realRoots(polynomial) {
  let degree = polynomial.length - 1;
  while (degree > 0 && polynomial[degree] === 0) degree--;
  const c = polynomial.slice(0, degree + 1);
  if (degree === 0) return [];
  if (degree === 1) return [-c[0] / c[1]];
  if (degree === 2) {
    const inside = c[1] * c[1] - 4 * c[2] * c[0];
    if (inside < 0) return [];
    const far = -0.5 * (c[1] + (c[1] < 0 ? -1 : 1) * Math.sqrt(inside));
    const pair = far === 0 ? [0] : [far / c[2], c[0] / far];
    return pair.sort((x, y) => x - y);
  }
  let bound = 0;
  for (let k = 0; k < degree; k++) bound = Math.max(bound, Math.abs(c[k] / c[degree]));
  const ends = [-1 - bound, ...realRoots(derivativeOf(c)), 1 + bound];
  const found = [];
  for (let k = 0; k + 1 < ends.length; k++) {
    let low = ends[k], high = ends[k + 1];
    const left = horner(c, low), right = horner(c, high);
    if (right === 0) { found.push(high); continue; }
    if (left * right > 0 || left === 0) continue;
    for (let i = 0; i < 80; i++) {
      const middle = 0.5 * (low + high);
      if (left * horner(c, middle) > 0) low = middle; else high = middle;
    }
    found.push(0.5 * (low + high));
  }
  return found;
}

/** The critical points whose orbits move freely with the parameter, in floats. */
function criticalPoints(critical, a) {
  const found = [];
  for (const rows of critical) {
    for (const root of realRoots(coefficientsAt(rows, a))) if (Number.isFinite(root)) found.push(root);
  }
  return found;
}

/** The state after some steps; infinite once it has escaped. */
function advance(c, z, steps) {
  if (c.length === 4) {
    const [p, q, r, s] = c;
    for (let t = 0; t < steps; t++) {
      z = ((s * z + r) * z + q) * z + p;
      if (!(z < ESCAPED && z > -ESCAPED)) return Infinity;
    }
    return z;
  }
  for (let t = 0; t < steps; t++) {
    z = horner(c, z);
    if (!(z < ESCAPED && z > -ESCAPED)) return Infinity;
  }
  return z;
}

/** z_0, z_1, …; ends early where it escapes. */
function orbit(c, start, steps) {
  const found = [start];
  for (let t = 0; t < steps; t++) {
    const z = horner(c, found[t]);
    if (!Number.isFinite(z)) break;
    found.push(z);
    if (Math.abs(z) > ESCAPED) break;
  }
  return found;
}

/** Count visits of the pixels of one column; returns the number of visits counted. */
function countVisits(c, z, steps, low, high, counts) {
  const scale = counts.length / (high - low), last = counts.length - 1;
  let seen = 0;
  const cubic = c.length === 4;
  const p = c[0], q = c[1], r = c[2], s = cubic ? c[3] : 0;
  for (let t = 0; t < steps; t++) {
    z = cubic ? ((s * z + r) * z + q) * z + p : horner(c, z);
    if (!(z < ESCAPED && z > -ESCAPED)) return seen;
    const y = (high - z) * scale;
    if (y >= 0 && y <= last + 1) { counts[y > last ? last : y | 0]++; seen++; }
  }
  return seen;
}

/** Mean of log|f'| along an orbit; NaN where it escapes, −∞ where it meets a critical point. */
function lyapunov(c, start, transient, steps) {
  const slope = derivativeOf(c);
  let z = advance(c, start, transient), sum = 0, product = 1;
  if (!Number.isFinite(z)) return NaN;
  for (let t = 1; t <= steps; t++) {
    z = horner(c, z);
    if (!(z < ESCAPED && z > -ESCAPED)) return NaN;
    product *= Math.abs(horner(slope, z));
    if (product > 1e60 || product < 1e-60 || t === steps) {
      sum += Math.log(product);
      product = 1;
    }
  }
  return sum / steps;
}

/** The period of a settled orbit in floats, at most 64; null where none shows, 0 where it escapes. */
function settledPeriod(c, start, transient) {
  const first = advance(c, start, transient);
  if (!Number.isFinite(first)) return 0;
  const near = 1e-9 * Math.max(1, Math.abs(first));
  let z = first;
  for (let period = 1; period <= 64; period++) {
    z = horner(c, z);
    if (Math.abs(z - first) > near) continue;
    let x = first, y = z, same = true;
    for (let t = 0; t < 2 * period && same; t++) {
      x = horner(c, x);
      y = horner(c, y);
      same = Math.abs(x - y) <= 10 * near;
    }
    if (same) return period;
  }
  return null;
}

// --- gradient descent on the original loss ---------------------------------------------------------------------------

function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer), found = new Float64Array(bytes.length / 8);
  for (let k = 0; k < found.length; k++) found[k] = view.getFloat64(8 * k, true);
  return found;
}

/** Uniform numbers in [0, 1) from a seed (the generator mulberry32). */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Independent normal numbers from a seed (Box and Muller). */
function normal(seed, count) {
  const next = uniform(seed), found = new Float64Array(count);
  for (let k = 0; k < count; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next())), angle = 2 * Math.PI * next();
    found[k] = radius * Math.cos(angle);
    if (k + 1 < count) found[k + 1] = radius * Math.sin(angle);
  }
  return found;
}

/** A model g = offset + Σ outer (slope·p + shift)², p = xᵀw, with its table: weights in, losses out. */
class QuadraticTraining {
  constructor(record) {
    Object.assign(this, record);
    for (const key of ["features", "targets", "kappas", "highest"]) this[key] = unpacked(record[key]);
    this.pulls = new Float64Array(this.samples * this.neurons);
    this.residuals = new Float64Array(this.samples);
    this.first = new Map();
  }

  /** Residuals g − y of all samples, left in this.residuals; each neuron's slope·p + shift in this.pulls. */
  look(weights) {
    const { samples, dimension, neurons, features } = this;
    for (let i = 0; i < samples; i++) {
      let prediction = this.offset;
      for (let j = 0; j < neurons; j++) {
        let p = 0;
        for (let k = 0, x = i * dimension, w = j * dimension; k < dimension; k++) p += features[x + k] * weights[w + k];
        const u = this.slope * p + this.shift;
        this.pulls[i * neurons + j] = u;
        prediction += this.outer[j] * u * u;
      }
      this.residuals[i] = prediction - this.targets[i];
    }
  }

  loss(weights) {
    this.look(weights);
    let total = 0;
    for (const residual of this.residuals) total += residual * residual;
    return total * this.loss_scale;
  }

  /** w ← w − η∇L, in place; look() must have been called at these weights. */
  step(weights, eta) {
    const { samples, dimension, neurons, features } = this;
    for (let i = 0; i < samples; i++) {
      for (let j = 0; j < neurons; j++) {
        const pull = 4 * this.loss_scale * this.slope * this.outer[j] * this.residuals[i] * this.pulls[i * neurons + j];
        for (let k = 0, x = i * dimension, w = j * dimension; k < dimension; k++) {
          weights[w + k] -= eta * pull * features[x + k];
        }
      }
    }
  }

  /** Random weights, drawn towards the middle until no sample starts beyond its basin at any step size that matters. */
  drawn(seed) {
    if (this.first.has(seed)) return this.first.get(seed).slice();
    const weights = normal(seed, this.neurons * this.dimension), centre = new Float64Array(weights.length);
    if (this.shift !== 0) {
      for (let i = 0; i < this.samples; i++) {
        let length = 0;
        for (let k = 0; k < this.dimension; k++) length += this.features[i * this.dimension + k] ** 2;
        for (let k = 0; k < weights.length; k++) {
          const x = this.features[i * this.dimension + (k % this.dimension)];
          centre[k] -= (this.shift / this.slope) * (x / length);
        }
      }
    }
    for (let round = 0; round < 400; round++) {
      const moved = weights.map((w, k) => w + centre[k]);
      this.look(moved);
      const inside = this.residuals.every((e, i) => this.kappas[i] * this.escape_step * e <= this.highest[i]);
      if (inside) break;
      for (let k = 0; k < weights.length; k++) weights[k] *= 0.7;
    }
    const found = weights.map((w, k) => w + centre[k]);
    this.first.set(seed, found.slice());
    return found;
  }

  /** z of the leading sample: κ(g − y) with κ proportional to the step size. */
  leadingState(weights, eta) {
    this.look(weights);
    return this.kappas[this.leading] * eta * this.residuals[this.leading];
  }

  /** Move a start along the leading row until its z is the given one, as near as real weights allow. */
  moved(weights, eta, z) {
    this.look(weights);
    const i = this.leading, found = weights.slice();
    const wanted = this.targets[i] + z / (this.kappas[i] * eta);
    let others = this.offset;
    for (let j = 1; j < this.neurons; j++) others += this.outer[j] * this.pulls[i * this.neurons + j] ** 2;
    const square = Math.max(0, (wanted - others) / this.outer[0]), now = this.pulls[i * this.neurons];
    const change = ((now < 0 ? -1 : 1) * Math.sqrt(square) - now) / this.slope;
    let length = 0;
    for (let k = 0; k < this.dimension; k++) length += this.features[i * this.dimension + k] ** 2;
    for (let k = 0; k < this.dimension; k++) found[k] += (change * this.features[i * this.dimension + k]) / length;
    return found;
  }

  begin(weights, eta) {
    return new Run(this, weights, eta);
  }

  bound(first) {
    let zero = 0;
    for (const y of this.targets) zero += y * y;
    return Math.min(1e12 * Math.max(first, zero * this.loss_scale), 1e300) || 1;
  }

  lead() {
    const residual = this.residuals[this.leading];
    return residual * residual * this.loss_scale;
  }
}

/** A loss of one weight, given by its coefficients. */
class LossTraining {
  constructor(record) {
    this.coefficients = Float64Array.from(record.coefficients);
    this.slope = derivativeOf(this.coefficients);
    this.samples = 1;
    this.name = record.name;
    this.lowest = Math.min(...realRoots(this.slope).map((w) => horner(this.coefficients, w)));
  }
  look() {}
  loss(weights) { return horner(this.coefficients, weights[0]); }
  step(weights, eta) { weights[0] -= eta * horner(this.slope, weights[0]); }
  begin(weights, eta) { return new Run(this, weights, eta); }
  bound(first) { return Math.min(1e12 * Math.max(Math.abs(first), 1), 1e300); }
  lead() { return NaN; }
}

/** One run of gradient descent; it can be carried on in pieces, so that no frame waits for it. */
class Run {
  constructor(training, weights, eta) {
    this.training = training;
    this.weights = weights.slice();
    this.eta = eta;
    this.losses = [];
    this.leading = [];
    this.escaped = false;
    this.limit = training.bound(training.loss(weights));
  }

  /** Carry on to so many steps, or until the clock says stop; returns whether it is finished. */
  advance(steps, until = Infinity) {
    if (this.losses.length) this.training.look(this.weights);  // another run may have looked elsewhere meanwhile
    while (this.losses.length <= steps && !this.escaped) {
      if (this.losses.length) this.training.step(this.weights, this.eta);
      const loss = this.training.loss(this.weights);
      if (!(Math.abs(loss) <= this.limit)) { this.escaped = true; break; }
      this.losses.push(loss);
      this.leading.push(this.training.lead());
      if (this.losses.length % 16 === 0 && performance.now() > until) return false;
    }
    return true;
  }
}
