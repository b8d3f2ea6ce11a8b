"""Theorems about the residual map beyond its second flip, and where the target is out of reach.

The kneading theory behind the onset of chaos is quoted.  That almost every orbit escapes beyond the last boundary is
proved here from scratch, by a transfer operator whose norm is computed exactly.
"""

from __future__ import annotations

import sympy

from symphase.enclosures import Certainty
from symphase.onset import Onset
from symphase.theorems.proofs import Identity, OnDomain, ProofLine, Theorem
from symphase.theorems.rechecks import CertifiedBox, EnclosedOnset, RealCycleCount, Resultant
from symphase.theorems.story import PAPER, Story, exact, function, number_text, root_below
from symphase.thresholds import Boundary, BoundaryKind

__all__ = [
    "chaos_begins",
    "crisis",
    "divergence",
    "doubling",
    "floor",
    "just_reached",
    "last_parameter",
    "three_cycle",
    "too_far",
]


def doubling(story: Story) -> Theorem:
    """Periods double from the flip on, up to one onset of chaos."""
    onset = story.onset.value
    boxes = [b for b in story.boundaries if b.kind is BoundaryKind.FLIP and b.cycle is not None]
    return story.theorem(
        "Period doubling",
        "doubling",
        f"The 2-cycle flips at [flip2] and bears a 4-cycle, which flips at {_flip_texts(story)}, and so on (the "
        "single flips are proved here up to period 4). There is "
        f"one number a_∞, {_bracket_text(story)}, such that for [flip] < [a] < a_∞ the entropy is zero and every cycle "
        "has a power of two as its period, and for a_∞ < [a] ≤ [escape] the entropy is positive.",
        "Two values become four, then eight, ever faster. Up to a_∞ every repeating pattern has a power of two "
        "as its length.",
        applies=(story.flip, story.onset),
        ends=(False, False),
        phase="periodic",
        proof=(
            *(
                story.fact(CertifiedBox(box=b.cycle, family=story.family, multiplier=-1, period=b.period or 1))
                for b in boxes
                if b.cycle is not None
            ),
            *_monotone_entropy(story),
            *_bracket_lines(story, onset, chaotic=False),
            story.line(
                "At that parameter the kneading sequence is that of a cycle of period 2^k in the cascade, where the "
                "entropy is zero (Milnor and Thurston 1988), and no parameter before it has more. Entropy zero means "
                "that every period is a power of two (Misiurewicz 1979).",
                quotes=("milnor-thurston-1988", "misiurewicz-1979"),
            ),
        ),
        sources=(
            PAPER,
            "feigenbaum-1978",
            "milnor-thurston-1988",
            "misiurewicz-1979",
            "levin-shen-van-strien-2020",
        ),
    )


def chaos_begins(story: Story) -> Theorem:
    """The entropy is positive beyond the onset."""
    onset = story.onset.value
    return story.theorem(
        "The chaotic phase",
        "chaos",
        f"For a_∞ < [a] ≤ [escape], with a_∞ {_bracket_text(story)}, the entropy on [−[a], 2] is positive: there are "
        "cycles whose period is not a power of two, and the number of orbits that can be told apart grows "
        "exponentially with their length. What a typical orbit does is another question: there are "
        "windows, intervals of [a] in which a cycle attracts.",
        "Runs from almost equal starts can part company. The loss stays bounded but need not settle; in narrow "
        "windows of the step size a typical run becomes periodic again.",
        applies=(story.onset, story.escape),
        ends=(False, True),
        phase="chaotic",
        proof=(
            *_monotone_entropy(story),
            *_bracket_lines(story, onset, chaotic=True),
            story.line(
                "There the attractor's bands merge in pairs, the critical orbit lands on a repelling cycle, and the "
                "entropy is log 2 divided by a power of two (Milnor and Thurston 1988). It is positive beyond, since "
                "it does not fall. Positive entropy gives a period that is not a power of two (Misiurewicz 1979).",
                quotes=("milnor-thurston-1988", "misiurewicz-1979"),
            ),
            story.line(
                "From [crisis] on, positive entropy needs no quotation: the map takes both [−[a], [top]] and [[top], "
                "1] over all of [−[a], 1], two pieces over both, so that the entropy is at least log 2. For "
                "[f]([top]) is then at least 1:",
                story.f((1 - 2 * story.a) / 3) - 1,
                "=",
                (1 + story.a) * (4 * (1 + story.a) ** 2 - 27) / 27,
            ),
            story.line(
                "with the sign of",
                4 * (1 + story.a) ** 2,
                "≥",
                27,
                by=story.exactly("≥", story.crisis_at, story.start, None),
            ),
            story.line(
                "Which windows there are, and which cycle each holds, is not part of this theorem: a list up to a "
                "period is computed and certified one by one."
            ),
        ),
        sources=(PAPER, "milnor-thurston-1988", "misiurewicz-1979", "levin-shen-van-strien-2020"),
    )


def _bracket(story: Story) -> tuple[str, str]:
    text = str(story.onset)
    lower, _, upper = text.removeprefix("in (").removesuffix(")").partition(", ")
    return lower, upper


def _bracket_text(story: Story) -> str:
    lower, upper = _bracket(story)
    return f"between {lower} and {upper}"


def _flip_texts(story: Story) -> str:
    later = [b for b in story.boundaries if b.kind is BoundaryKind.FLIP and (b.period or 0) > 2]
    return ", ".join(number_text(b) for b in later) or "a larger parameter"


def _monotone_entropy(story: Story) -> tuple[ProofLine, ...]:
    f, a, w = story.f, story.a, story.w
    return (
        story.line(
            "In the coordinate [w] of [z] = (1 + [a])[w] − [a] the map is a multiple of one fixed polynomial,",
            (f((1 + a) * w - a) + a) / (1 + a),
            "=",
            (1 + a) ** 2 * (w * (1 - w) ** 2),
        ),
        story.line(
            "with a factor that grows with [a] > −1, for its derivative is positive there:",
            sympy.diff((1 + a) ** 2, a),
            ">",
            0,
            by=story.exactly(">", root_below((1 + a) ** 2, a, exact(story.start))),
        ),
        story.line(
            "Up to [crisis], where [top] = (1 − 2[a])/3 has its image [f]([top]) = 1, the interval [−[a], 1] is mapped "
            "into itself; the map rises on it up to [top] and falls from there on. Points of (1, 2) move down, "
            "[f]([z]) < [z], and leave it for good while [a] ≤ [crisis]: they add nothing to the entropy."
        ),
        story.line(
            "For such families the kneading sequence of the critical point, and with it the entropy, never falls as "
            "the factor grows (Levin, Shen and van Strien 2020). So there is one parameter at which the entropy begins "
            "to be positive.",
            quotes=("levin-shen-van-strien-2020",),
        ),
    )


def _bracket_lines(story: Story, onset: object, *, chaotic: bool) -> tuple[ProofLine, ...]:
    if not isinstance(onset, Onset):
        return ()
    return (story.fact(EnclosedOnset(onset=onset, family=story.family, chaotic=chaotic)),)


def three_cycle(story: Story) -> Theorem:
    """The first real 3-cycle, and what Li and Yorke conclude from it."""
    birth, start, escape = exact(story.birth), exact(story.start), exact(story.escape)
    family = story.family
    polynomial = birth.minimal_polynomial(story.a)
    return story.theorem(
        "Period three",
        "period-three",
        "The first real 3-cycle is born at [birth], a root of the polynomial below. For smaller [a] > 0 there is no "
        "real 3-cycle, for [birth] ≤ [a] ≤ [escape] there is one. From there on there are cycles of every period, and "
        "an uncountable set of starts of which any two come arbitrarily close and part again, for ever (Li and Yorke).",
        "A pattern of three values appears, and by a famous theorem patterns of every length then exist. It is "
        "the textbook proof of chaos, not its beginning, which is at a_∞.",
        applies=(story.birth, story.escape),
        ends=(True, True),
        phase="chaotic",
        proof=(
            story.line(
                "A 3-cycle can appear only where two points of period 3 meet, and there its multiplier is 1. "
                "Elimination of [z] from both equations leaves a polynomial in [a]; the factor that vanishes at the "
                "birth is",
                polynomial,
                "=",
                0,
                by=Resultant(
                    family=family,
                    first=family.dynatomic(3),
                    second=family.multiplier(3) - 1,
                    number=birth,
                ),
            ),
            *(
                (
                    story.line(
                        "A cycle with multiplier 1 is there:",
                    ),
                    story.fact(CertifiedBox(box=story.birth.cycle, family=family, multiplier=1, period=3)),
                )
                if story.birth.cycle is not None
                else ()
            ),
            story.line(
                "Between any two roots of the whole eliminant the number of real points of period 3 is constant."
            ),
            story.fact(RealCycleCount(family=family, period=3, lower=start, number=birth, upper=escape)),
            story.line(
                "The cycle lies in [−[a], 2], outside of which every orbit is monotone, and the map takes this "
                "interval into itself. Period 3 then implies all periods and the uncountable scrambled set (Li and "
                "Yorke 1975).",
                quotes=("li-yorke-1975",),
            ),
        ),
        sources=(PAPER, "li-yorke-1975", "krawczyk-1969"),
    )


def crisis(story: Story) -> Theorem:
    """The smaller invariant interval, and where it leaks."""
    f, z, a, v = story.f, story.z, story.a, story.v
    critical = (1 - 2 * a) / 3
    return story.theorem(
        "The interior crisis",
        "crisis",
        "For 0 < [a] ≤ [crisis] the map takes the smaller interval [−[a], 1] into itself: once there, the weight "
        "keeps its sign (from [z] = 1 it becomes zero). At [a] = [crisis] both halves of this interval are mapped "
        "onto all of it, so the entropy there is log 2. For [crisis] < [a] the interval leaks: points near [top] are "
        "thrown above 1, and the weight changes its sign.",
        "Up to this step size, once the residual is below 1 a run stays on one side, near one solution or near its "
        "mirror image. Above it, a run can hop from one to the other, at moments that look random.",
        applies=(story.crisis_at, story.escape),
        ends=(True, True),
        phase="chaotic",
        proof=(
            story.line(
                "One step multiplies the weight [v] by 1 − [z], with [z] = [v]² − [a]:",
                v * (1 - (v**2 - a)),
                "=",
                (1 + a) * v - v**3,
            ),
            story.line(
                "so its sign changes exactly where [z] > 1. The largest value on [−[a], 1] is [f]([top]), where [top] "
                "= (1 − 2[a])/3, since",
                f(z) - f(critical),
                "=",
                (z - critical) ** 2 * (z - (4 + a) / 3),
            ),
            story.line(
                "and [z] ≤ 1 is below (4 + [a])/3 for all [a] > −1:",
                (4 + a) / 3,
                ">",
                1,
                by=story.exactly(">", root_below((1 + a) ** 2, a, exact(story.start))),
            ),
            story.line("This largest value against 1:", f(critical) - 1, "=", (1 + a) * (4 * (1 + a) ** 2 - 27) / 27),
            story.line(
                "is not positive exactly up to [crisis]:",
                4 * (1 + a) ** 2,
                "≤",
                27,
                by=story.exactly("≤", story.crisis_at, story.start, None),
            ),
            story.line("The image is never below −[a], for", f(z) + a, "=", (z + a) * (1 - z) ** 2),
            story.line(
                "At [crisis] the map rises on [−[a], [top]] from −[a] to 1 and falls on [[top], 1] from 1 to −[a], by "
                "the sign of its derivative. Two pieces that are each mapped onto both give a full shift on two "
                "symbols, with entropy log 2.",
                function(f"{f(z).func}'")(z),
                "=",
                (1 - z) * (1 - 2 * a - 3 * z),
            ),
        ),
        sources=(PAPER, "grebogi-ott-yorke-1982"),
    )


def last_parameter(story: Story) -> Theorem:
    """Angle tripling."""
    f, a, x = story.f, story.a, story.x
    slope = function(f"{f(x).func}'")
    curve = ((a, story.root_expression(story.escape)),)
    return story.theorem(
        "The last parameter",
        "last-parameter",
        "At [a] = [escape], [f]([z]) = [z]³ − 3[z]. With [z] = 2 cos θ one step triples the angle θ. The entropy and "
        "the Lyapunov exponent of almost every orbit are log 3, and orbits fill (−2, 2) with the arcsine density "
        "1/(π√(4 − [z]²)).",
        "At the largest step size that does not diverge, one step triples an angle. This is as chaotic as the map "
        "gets: errors grow threefold per step.",
        applies=(story.escape, story.escape),
        ends=(True, True),
        phase="chaotic",
        proof=(
            story.line(
                "Write 2 cos θ = [x] + 1/[x] with [x] = exp(iθ). Tripling the angle cubes [x]:",
                f(x + 1 / x),
                "=",
                x**3 + 1 / x**3,
                by=Identity(given=curve),
            ),
            story.line(
                "Three pieces of [0, π] are each stretched onto all of it, so the entropy is log 3, and the uniform "
                "distribution of θ is kept; it is ergodic, as for every multiplication of the angle by an integer. In "
                "[z] it is the arcsine density."
            ),
            story.line(
                "The derivative, with [x] − 1/[x] = 2i sin θ, is 3 sin 3θ / sin θ:",
                slope(x + 1 / x) * (x - 1 / x),
                "=",
                3 * (x**3 - 1 / x**3),
                by=Identity(given=curve),
            ),
            story.line(
                "The mean of log |sin 3θ| over all angles is that of log |sin θ|. So the mean of log |[f]'| is log 3: "
                "almost every orbit has this Lyapunov exponent by Birkhoff's ergodic theorem."
            ),
        ),
        sources=(PAPER, "devaney-1989"),
    )


def divergence(story: Story) -> Theorem:
    """Almost every orbit escapes: a transfer operator of norm below 1."""
    a, v, y = story.a, story.v, story.y
    first, other = sympy.Symbol(f"{v}_1"), sympy.Symbol(f"{v}_2")
    third = sympy.Symbol(f"{v}_3")
    curve = (
        (third, -first - other),
        (a, first**2 + first * other + other**2 - 1),
        (y, first * other * (first + other)),
    )
    total = sympy.Add(*(_inverse_stretch(point, a) for point in (first, other, third)))
    discriminant = 4 * (1 + a) ** 3 - 27 * y**2
    odd = (1 + a) * v - v**3
    return story.theorem(
        "Divergence",
        "divergence",
        "For [a] > [escape] almost every start diverges: the starts in [−[a], 2] whose orbits stay bounded have total "
        "length zero, and every start above 2 diverges.",
        "The step size is too large: whatever the start, up to exceptions that no random start ever hits, the "
        "loss goes to infinity.",
        applies=(story.escape, None),
        ends=(False, False),
        phase="divergent",
        proof=(
            story.line(
                "Starts above 2 diverge by the theorem on the interval. Work in the coordinate [v] of [z] = [v]² − "
                "[a], where the map is h([v]) = (1 + [a])[v] − [v]³ on (−β, β), β² = 2 + [a]. Measure length there by "
                "d[v]/√(β² − [v]²); the whole has length π. One step stretches lengths by √E, where E is (β² − "
                "[v]²)h'([v])² divided by β² − h([v])². Factor the last:",
                (2 + a) - odd**2,
                "=",
                (2 + a - v**2) * (v**4 - a * v**2 + 1),
            ),
            story.line(
                "so that E is",
                (2 + a - v**2) * sympy.diff(odd, v) ** 2 / (2 + a - odd**2),
                "=",
                (1 + a - 3 * v**2) ** 2 / (v**4 - a * v**2 + 1),
            ),
            story.line(
                "The critical values of h lie outside (−β, β): at [v]² = (1 + [a])/3 the square of h is 4(1 + "
                "[a])³/27, and",
                4 * (1 + a) ** 3 - 27 * (2 + a),
                "=",
                (a - 2) * (2 * a + 5) ** 2,
            ),
            story.line(
                "is positive beyond [escape]:",
                (a - 2) * (2 * a + 5) ** 2,
                ">",
                0,
                by=story.exactly(">", story.escape, story.start, None),
            ),
            story.line(
                f"So every {y} in (−β, β) has three preimages {first}, {other}, {third}, which lie in (−β, β), for "
                f"outside of it |h| ≥ β. They are the roots of [v]³ − (1 + [a])[v] + {y}, so their sum is 0, the sum "
                f"of their products in pairs −(1 + [a]), their product −{y}. For the sum of 1/E over the three:",
                total,
                "=",
                sympy.Rational(1, 3) - sympy.Rational(2, 3) * ((a - 2) * (a + 1) * (2 * a + 5) / discriminant),
                by=Identity(given=curve),
            ),
            story.line(
                f"Since 27{y}² < 27β² < 4(1 + [a])³, what is subtracted is positive, and it is smallest for {y} = 0:",
                discriminant,
                "≤",
                4 * (1 + a) ** 3,
                by=OnDomain(domain=((a - 2, ">"),), terms=((27, (), y),)),
            ),
            story.line(
                f"For {y} = 0 it is",
                sympy.Rational(2, 3) * ((a - 2) * (a + 1) * (2 * a + 5) / discriminant),
                "=",
                (a - 2) * (2 * a + 5) / (6 * (1 + a) ** 2),
                by=Identity(given=((y, sympy.Integer(0)),)),
            ),
            story.line(
                "So the sum of 1/E is at most 1/3 minus this number, which is positive and the same for all points:",
                (a - 2) * (2 * a + 5),
                ">",
                0,
                by=story.exactly(">", story.escape, story.start, None),
            ),
            story.line(
                "By the inequality of Cauchy and Schwarz the sum of the three numbers 1/√E is then at most a number τ "
                "< 1. The set of points that stay in (−β, β) for n more steps is the preimage of the set for n − 1 "
                "steps, and its length is the integral of this sum over that set: at most τ times its length. So the "
                "set for n steps has length at most τⁿπ, and the bounded orbits have length zero."
            ),
        ),
        sources=(PAPER,),
    )


def floor(story: Story) -> Theorem:
    """What happens where the target is out of reach, and no step is too large."""
    f, z, a = story.f, story.z, story.a
    slope = function(f"{f(z).func}'")
    region = ((z + a, "≥"), (2 - z, "≥"), (-a, "≥"))
    limit = _lowest(story)
    return story.theorem(
        "No solution to reach",
        "floor",
        f"Let {number_text(limit)} < [a] < 0: the target is out of reach. Every start −[a] ≤ [z] < 2 converges to "
        "−[a], where the weight is zero, and does so monotonically; every start above 2 diverges.",
        "If no weight can fit the target, gradient descent goes to the best it can do, weight zero, as long as the "
        "step size is not too large and the start is not too far away.",
        applies=(limit, story.start),
        ends=(False, False),
        phase="converges to the loss floor",
        proof=(
            story.line(
                "Gradient descent starts at [z] ≥ −[a] > 0. Orbits fall while [z] < 2 and grow while [z] > 2, by the "
                "sign of",
                f(z) - z,
                "=",
                z * (z - 2) * (z + a),
            ),
            story.line(
                "and never pass below −[a]:",
                f(z) + a,
                "≥",
                0,
                by=OnDomain(domain=region, terms=((1, (0,), 1 - z),)),
            ),
            story.line(
                "A falling orbit that is bounded below converges to a fixed point, and between −[a] and its start, "
                "below 2, there is no other than −[a]. Growing orbits go to infinity, as no fixed point lies above 2."
            ),
            story.line("The multiplier there is", slope(-a), "=", (1 + a) ** 2),
            story.line(
                "which is below 1, so that convergence is geometric:",
                (1 + a) ** 2,
                "<",
                1,
                by=story.exactly(">", limit, None, story.start),
            ),
        ),
        sources=(PAPER,),
    )


def just_reached(story: Story) -> Theorem:
    """The parameter at which weight zero fits the target."""
    f, z, a = story.f, story.z, story.a
    return story.theorem(
        "The target just reached",
        "just-reached",
        "At [a] = [start] weight zero fits the target. Every start 0 ≤ [z] < 2 converges to 0, monotonically and "
        "slowly; every start above 2 diverges.",
        "If the target is the prediction of weight zero, gradient descent goes there, but more and more slowly.",
        applies=(story.start, story.start),
        ends=(True, True),
        proof=(
            story.line(
                "Orbits from 0 < [z] < 2 fall and orbits from [z] > 2 grow, by the sign of",
                f(z) - z,
                "=",
                z**2 * (z - 2),
                by=Identity(given=((a, story.root_expression(story.start)),)),
            ),
            story.line(
                "and none passes below 0:",
                f(z),
                "=",
                z * (1 - z) ** 2,
                by=Identity(given=((a, story.root_expression(story.start)),)),
            ),
            story.line(
                "So they converge to 0, the only fixed point below 2, or go to infinity. The first of the two formulas "
                "has no linear term: close to 0 a residual shrinks like one over twice the number of steps."
            ),
        ),
        sources=(PAPER,),
    )


def too_far(story: Story) -> Theorem:
    """Where the target is out of reach and weight zero repels."""
    f, z, a = story.f, story.z, story.a
    limit = _lowest(story)
    return story.theorem(
        "Out of reach, with steps too large",
        "out-of-reach",
        f"Let [a] ≤ {number_text(limit)}. Every start above −[a] diverges; −[a] itself is fixed.",
        "If the target is far out of reach and the step size is large, every run whose weight is not zero diverges.",
        applies=(None, limit),
        ends=(False, True),
        phase="divergent",
        proof=(
            story.line(
                "The three factors are positive for [z] > −[a], for there [z] is above 2, so that the orbit grows:",
                f(z) - z,
                "=",
                z * (z - 2) * (z + a),
            ),
            story.line("−[a] is at least 2 here:", -a, "≥", 2, by=story.exactly("≤", limit, None, story.start)),
            story.line(
                "A growing orbit that stayed bounded would converge to a fixed point above −[a]; there is none."
            ),
            story.line("and −[a] is fixed:", f(-a), "=", -a),
        ),
        sources=(PAPER,),
    )


def _lowest(story: Story) -> Boundary:
    """Where the fixed point of weight zero begins to attract: its multiplier (1 + a)² is 1, below the start."""
    return Boundary(
        kind=BoundaryKind.STABILITY,
        value=root_below((1 + story.a) ** 2 - 1, story.a, exact(story.start)),
        period=1,
        multiplier=1,
        certainty=Certainty.EXACT,
        before="divergent",
        after="converges to the loss floor",
        evidence="the root of (1 + a)² = 1 below 0",
        family=story.family,
    )


def _inverse_stretch(point: sympy.Symbol, a: sympy.Symbol) -> sympy.Expr:
    return (point**4 - a * point**2 + 1) / (1 + a - 3 * point**2) ** 2
