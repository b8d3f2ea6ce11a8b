"""Theorems about the residual map f(z) = z³ + (a − 2)z² + (1 − 2a)z, with proofs that the code checks.

Nearly everything follows from f(z) + a = (z + a)(1 − z)² alone.  Two facts are quoted for intervals without 2-cycles
(Coppel 1955) and for maps with negative Schwarzian derivative (Singer 1978, Mañé 1985); the kneading theory behind the
onset of chaos is quoted, too.  That almost every orbit escapes beyond the last boundary is proved here from scratch.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from symphase.theorems.chaos import (
    chaos_begins,
    crisis,
    divergence,
    doubling,
    floor,
    just_reached,
    last_parameter,
    three_cycle,
    too_far,
)
from symphase.theorems.proofs import Exactly, Identity, OnDomain, Theorem
from symphase.theorems.rechecks import CertifiedBox
from symphase.theorems.story import PAPER, Story, exact, function, root_above, root_below
from symphase.thresholds import Boundaries

__all__ = ["residual_theorems"]


def residual_theorems(boundaries: Boundaries) -> tuple[Theorem, ...]:
    """Return the theorems about the residual map, in the order in which a proof needs them.

    Parameters
    ----------
    boundaries : Boundaries
        Of the residual map: ``phases.residual_boundaries()``; the names of its symbols are free.

    Returns
    -------
    tuple of Theorem

    Certainty
    ---------
    Each theorem carries its own, and names what it quotes.
    """
    story = Story(boundaries)
    return (
        conjugacies(story),
        fixed_points(story),
        sharpness(story),
        interval(story),
        monotonic(story),
        catapult(story),
        two_cycle(story),
        doubling(story),
        chaos_begins(story),
        three_cycle(story),
        crisis(story),
        last_parameter(story),
        divergence(story),
        floor(story),
        just_reached(story),
        too_far(story),
    )


def conjugacies(story: Story) -> Theorem:
    f, z, a, v, w = story.f, story.z, story.a, story.v, story.w
    odd = (1 + a) * v - v**3
    return story.theorem(
        "Four forms of one map",
        "conjugacies",
        "For every [a], [f]([z]) + [a] = ([z] + [a])(1 − [z])². The substitution [z] = [v]² − [a] turns the odd cubic "
        "[v] ← (1 + [a])[v] − [v]³ into [z] ← [f]([z]); it is two-to-one except at [v] = 0, [v] and −[v] give the same "
        "[z], and it covers [z] ≥ −[a]. For [a] ≠ −1 the substitution [z] = (1 + [a])[w] − [a] turns "
        "[w] ← (1 + [a])²[w](1 − [w])² into it.",
        "Gradient descent on one squared weight, on phase retrieval and on a quadratic network all run the same cubic "
        "map. Each step multiplies the weight by 1 − [z], so the residual knows everything but the weight's sign.",
        proof=(
            story.line(
                "Expand the right-hand side; this product is what gradient descent makes, for the weight is "
                "multiplied by 1 − [z] and [z] + [a] is its square:",
                f(z) + a,
                "=",
                (z + a) * (1 - z) ** 2,
            ),
            story.line("Put [z] = [v]² − [a] into the factor:", v * (1 - (v**2 - a)), "=", odd),
            story.line("so that squares go to squares:", f(v**2 - a) + a, "=", odd**2),
            story.line("Here [v] and −[v] give the same [z], and the cubic takes −[v] to minus the image of [v]."),
            story.line(
                "In the coordinate [w], with −[a] at [w] = 0 and 1 at [w] = 1:",
                f((1 + a) * w - a) + a,
                "=",
                (1 + a) * ((1 + a) ** 2 * w * (1 - w) ** 2),
            ),
        ),
        sources=(PAPER,),
    )


def fixed_points(story: Story) -> Theorem:
    f, z, a = story.f, story.z, story.a
    slope = function(f"{f(z).func}'")
    low = root_below((1 + a) ** 2 - 1, a, exact(story.start))
    return story.theorem(
        "Fixed points and their multipliers",
        "fixed-points",
        "The fixed points are 0, 2 and −[a], with multipliers 1 − 2[a], 5 + 2[a] and (1 + [a])². The fixed point 0, a "
        "residual of zero, has a multiplier between −1 and 1, and so attracts, exactly for [start] < [a] < [flip] (at "
        "[flip] it still attracts, slowly: see the catapult phase); the other two repel for all [a] > 0. At [a] = 1/2 "
        "the multiplier of 0 is 0 and convergence is quadratic.",
        "Zero residual is a resting point of gradient descent. Close to it one step multiplies the residual by "
        "1 − 2[a], so it is reached exactly while that factor is between −1 and 1.",
        proof=(
            story.line("The fixed points solve [f]([z]) = [z]:", f(z) - z, "=", z * (z - 2) * (z + a)),
            story.line("The derivative is", slope(z), "=", (z - 1) * (3 * z + 2 * a - 1)),
            story.line("and at the three fixed points", slope(sympy.Integer(0)), "=", 1 - 2 * a),
            story.line("", slope(sympy.Integer(2)), "=", 5 + 2 * a),
            story.line("", slope(-a), "=", (1 + a) ** 2),
            story.line(
                "A fixed point attracts where its multiplier is between −1 and 1, that is, where the square of the "
                "multiplier is below 1. For 0 this is a quadratic inequality, which begins to hold at [start]:",
                (1 - 2 * a) ** 2,
                "<",
                1,
                by=story.exactly(">", story.start, None, story.flip),
            ),
            story.line(
                "and ends to hold at [flip], where the multiplier is −1:",
                (1 - 2 * a) ** 2,
                "<",
                1,
                by=story.exactly("<", story.flip, story.start, None),
            ),
            story.line(
                "The other two multipliers are above 1 for [a] > 0. The first of them is so already from −2 on,",
                5 + 2 * a,
                ">",
                1,
                by=story.exactly(">", low),
            ),
            story.line(
                "and the second, among the parameters above that, from [start] on:",
                (1 + a) ** 2,
                ">",
                1,
                by=Exactly(symbol=a, range=(low, None), relation=">", number=exact(story.start)),
            ),
            story.line(
                "At [a] = 1/2 the linear term vanishes and [f]([z]) is about −3[z]²/2:",
                f(z) - z**3 + sympy.Rational(3, 2) * z**2,
                "=",
                (2 * a - 1) * (z**2 / 2 - z),
            ),
        ),
        sources=(PAPER, "devaney-1989"),
    )


def sharpness(story: Story) -> Theorem:
    w, y, v = story.w, story.y, story.v
    a, loss = story.a, (story.w**2 - story.y) ** 2 / 4
    curve = ((a, v**2 * y),)
    return story.theorem(
        "The parameter is half the sharpness",
        "sharpness",
        "Take the smallest example: one weight [w], the prediction [w]², the target [y] > 0. Let η be the step size "
        "and λ the second derivative of its loss ([w]² − [y])²/4 at the minimum [w]² = [y]. Then [a] = η[y] and "
        "ηλ = 2[a]. The end of stability ηλ = 2 is [a] = 1, and ηλ = 4 is [a] = 2.",
        "Step size times sharpness is 2[a]. The edge of stability of the deep learning literature, at 2, is where the "
        "residual zero stops attracting; beyond 4 almost everything diverges.",
        proof=(
            story.line(
                f"The second derivative of the loss at the minimum, where {y} = {w}²:",
                sympy.diff(loss, w, 2),
                "=",
                2 * y,
                by=Identity(given=((y, w**2),)),
            ),
            story.line(
                f"Write the step size as [v]². One step from {w}, multiplied by [v], is the odd cubic at [v]{w} with "
                f"[a] = [v]²{y}:",
                v * (w - v**2 * sympy.diff(loss, w)),
                "=",
                (1 + a) * (v * w) - (v * w) ** 3,
                by=Identity(given=curve),
            ),
            story.line(
                f"so step size times sharpness, [v]² · 2{y}, is twice [a]:",
                v**2 * (2 * y),
                "=",
                2 * a,
                by=Identity(given=curve),
            ),
            story.line(
                "and the multiplier of 0 is one minus it:",
                function(f"{story.f(w).func}'")(sympy.Integer(0)),
                "=",
                1 - 2 * a,
            ),
        ),
        sources=(PAPER, "cohen-2021", "lewkowycz-2020"),
    )


def interval(story: Story) -> Theorem:
    f, z, a = story.f, story.z, story.a
    inside = ((z + a, "≥"), (2 - z, "≥"), (a, ">"), (2 - a, "≥"))
    return story.theorem(
        "The invariant interval, and what escapes",
        "interval",
        "For 0 < [a] ≤ [escape] the map takes the interval [−[a], 2] into itself. For every [a] > 0 an orbit that "
        "starts above 2 or below −[a] goes to infinity; gradient descent starts at [z] ≥ −[a]. Beyond [escape] the "
        "largest value inside, at [top] = (1 − 2[a])/3, is above 2: [top] itself escapes.",
        "Up to [a] = [escape] a run that starts with a residual between −[a] and 2 can never blow up, however wild it "
        "looks. A run that starts above 2 always blows up.",
        proof=(
            story.line(
                "The image is never below −[a] where [z] ≥ −[a]:",
                f(z) + a,
                "≥",
                0,
                by=OnDomain(domain=inside, terms=((1, (0,), 1 - z),)),
            ),
            story.line("The image and 2 differ by", 2 - f(z), "=", (2 - z) * ((z + a / 2) ** 2 + (4 - a**2) / 4)),
            story.line(
                "which is not negative on the interval while [a] ≤ [escape]:",
                4 - a**2,
                "≥",
                0,
                by=story.exactly("≤", story.escape, story.start, None),
            ),
            story.line(
                "so that [f]([z]) ≤ 2 there:",
                f(z),
                "≤",
                2,
                by=OnDomain(
                    domain=(*inside, (2 + a, ">")),
                    terms=((1, (1,), z + a / 2), (Fraction(1, 4), (1, 3, 4), sympy.Integer(1))),
                ),
            ),
            story.line(
                "Above 2 orbits grow, below −[a] they fall: the three factors decide the sign of",
                f(z) - z,
                "=",
                z * (z - 2) * (z + a),
            ),
            story.line(
                "A growing orbit that stayed bounded would converge to a fixed point above 2, a falling one to a fixed "
                "point below −[a]; there is none."
            ),
            story.line(
                "The critical point [top] = (1 − 2[a])/3 is the local maximum. Its value against 2:",
                f((1 - 2 * a) / 3) - 2,
                "=",
                (a - 2) * (2 * a + 5) ** 2 / 27,
            ),
            story.line(
                "is positive exactly beyond [escape]:",
                (a - 2) * (2 * a + 5) ** 2,
                ">",
                0,
                by=story.exactly(">", story.escape, story.start, None),
            ),
        ),
        applies=(story.start, None),
        sources=(PAPER,),
    )


def monotonic(story: Story) -> Theorem:
    f, z, a = story.f, story.z, story.a
    ratio = f(z) / z
    return story.theorem(
        "The monotonic phase",
        "monotonic",
        "Let 0 < [a] ≤ [escape]. The bound |[f]([z])| ≤ |[z]| holds on all of [−[a], 2] exactly for [a] ≤ [mono]. For "
        "these [a] every orbit that starts inside (−[a], 2) and does not hit [z] = 1 converges to 0, and no step "
        "raises the loss of the sample.",
        "The loss falls, or stays, at every single step, from every start from which the run does not blow up.",
        applies=(story.start, story.monotone_end),
        ends=(False, True),
        phase="monotonic",
        proof=(
            story.line(
                "The loss of the sample is a multiple of [z]², so the question is whether [f]([z])/[z] stays between "
                "−1 and 1. From above it does, since both factors are not negative on the interval:",
                1 - ratio,
                "=",
                (2 - z) * (z + a),
            ),
            story.line(
                "From below, complete the square:",
                1 + ratio,
                "=",
                (z - (2 - a) / 2) ** 2 + (8 - (a + 2) ** 2) / 4,
            ),
            story.line(
                "The square vanishes at [z] = (2 − [a])/2. This point lies between −[a] and 2, for its distance to "
                "both is the same positive number:",
                1 + a / 2,
                ">",
                0,
                by=story.exactly(">", root_below(2 + a, a, exact(story.start))),
            ),
            story.line(
                "So the bound holds on the interval exactly when the constant is not negative (at [a] = 2 the square "
                "vanishes at [z] = 0, where the ratio is to be read as [f]'(0) = −3, and the bound fails beside it):",
                (a + 2) ** 2,
                "≤",
                8,
                by=story.exactly("≤", story.monotone_end, story.start, None),
            ),
            story.line(
                "Convergence is part of the next theorem, whose proof covers all of 0 < [a] ≤ [flip]. This includes "
                "[mono], for at [a] = [flip] the left side is above 8 already:",
                (a + 2) ** 2,
                "=",
                sympy.expand((story.root_expression(story.flip) + 2) ** 2),
                by=Identity(given=((a, story.root_expression(story.flip)),)),
            ),
        ),
        sources=(PAPER,),
    )


def catapult(story: Story) -> Theorem:
    f, z, a = story.f, story.z, story.a
    product = (1 - z) * (1 - f(z))
    quadratic = z**2 + (a - 1) * z + (1 - a)
    half = (2 - a) / 2
    return story.theorem(
        "The catapult phase",
        "catapult",
        "Let 0 < [a] ≤ [flip]. Every orbit that starts inside (−[a], 2) converges to 0, except those that hit [z] = 1, "
        "which land on −[a]; these starts are countably many. Beyond [mono] there are starts from which the first step "
        "raises the loss: from [z] = (2 − [a])/2 the residual is multiplied by a factor below −1.",
        "The loss may jump up on the way, but the run still ends at zero loss from almost every start from which it "
        "stays bounded ([z] < 2). Up to [mono] the same proof shows convergence without a jump.",
        applies=(story.monotone_end, story.flip),
        ends=(False, True),
        phase="catapult",
        proof=(
            story.line(
                "A continuous map of an interval into itself without 2-cycles takes every orbit to a fixed point "
                "(Coppel 1955). The interval [−[a], 2] is mapped into itself. Two steps multiply [z] + [a] by a "
                "square, so the points of period 1 and 2 solve",
                f(f(z)) - z,
                "=",
                (z + a) * (product**2 - 1),
                quotes=("coppel-1955",),
            ),
            story.line("The first factor of the difference of squares is", product - 1, "=", z * (z - 2) * quadratic),
            story.line(
                "The quadratic has the discriminant",
                (a - 1) ** 2 - 4 * (1 - a),
                "=",
                (a - 1) * (a + 3),
            ),
            story.line(
                "which is negative below [flip]; at [flip] both roots are the fixed point 0:",
                (a - 1) * (a + 3),
                "<",
                0,
                by=story.exactly("<", story.flip, story.start, None),
            ),
            story.line(
                "The other factor is a square and a multiple of (1 − [z])², and 1 where 1 − [z] vanishes:",
                product + 1,
                "=",
                ((1 - z) ** 2 - 1 - (1 + a) * (1 - z) / 2) ** 2 + (8 - (1 + a) ** 2) / 4 * (1 - z) ** 2,
            ),
            story.line(
                "so it is positive while (1 + [a])² < 8; and up to [flip] this square is at most half of that:",
                (1 + a) ** 2,
                "≤",
                (1 + story.root_expression(story.flip)) ** 2,
                by=story.exactly("≤", story.flip, story.start, None),
            ),
            story.line(
                "Hence there is no 2-cycle, and every orbit in [−[a], 2] converges to 0, to 2 or to −[a]. It does not "
                "converge to 2 unless it is there from the start: close to 2 and below it, it moves away, for "
                "[f]([z]) < [z] by the sign of",
                f(z) - z,
                "=",
                z * (z - 2) * (z + a),
            ),
            story.line(
                "and it does not land on 2 from below, because the second factor is positive:",
                2 - f(z),
                "=",
                (2 - z) * ((z + a / 2) ** 2 + (4 - a**2) / 4),
            ),
            story.line(
                "Close to −[a] and above it, it moves away, too, by the same sign; and it lands on −[a] only from −[a] "
                "and from 1:",
                f(z) + a,
                "=",
                (z + a) * (1 - z) ** 2,
            ),
            story.line(
                "Each point has at most three preimages, so the starts that ever hit 1 are countably many. All others "
                "converge to 0. Where the loss rises: at [z] = (2 − [a])/2 the factor is",
                f(half) / half,
                "=",
                -1 - ((a + 2) ** 2 - 8) / 4,
            ),
            story.line(
                "which is below −1 beyond [mono]:",
                (a + 2) ** 2 - 8,
                ">",
                0,
                by=story.exactly(">", story.monotone_end, story.start, None),
            ),
            story.line(
                "At [a] = [flip] the convergence is slow, like one over the square root of the number of steps, for "
                "two steps take [z] to [z] − 4[z]³ and smaller terms:",
                f(f(z)),
                "=",
                z - 4 * z**3 + z**4 * (z**5 - 3 * z**4 + 4 * z**2 + 2 * z - 2),
                by=Identity(given=((a, story.root_expression(story.flip)),)),
            ),
        ),
        sources=(PAPER, "lewkowycz-2020", "coppel-1955"),
    )


def two_cycle(story: Story) -> Theorem:
    f, z, a, v = story.f, story.z, story.a, story.v
    slope = function(f"{f(z).func}'")
    on_cycle = Identity(given=((a, (z**2 - z + 1) / (1 - z)),), curve=z**2 + (a - 1) * z + (1 - a))
    second, third = function(f"{f(z).func}''"), function(f"{f(z).func}'''")
    multiplier = 7 - 4 * a - 2 * a**2
    superstable = root_above(multiplier, a, exact(story.flip))
    middle = story.second_flip.cycle
    return story.theorem(
        "The flip and the 2-cycle",
        "two-cycle",
        "Let [a] > [flip]. The fixed point 0 repels. The two roots of [z]² + ([a] − 1)[z] + (1 − [a]) are real, swap "
        "places under [f], and form a 2-cycle with multiplier 7 − 4[a] − 2[a]². Its multiplier is between −1 and 1 "
        "exactly for [flip] < [a] < [flip2], and then almost every orbit in [−[a], 2] converges to it. At [flip2] its "
        "multiplier is −1; there it still attracts, slowly.",
        "The residual no longer dies out but ends up jumping between two values, one positive and one negative. "
        "The loss settles on a level above zero.",
        applies=(story.flip, story.second_flip),
        ends=(False, True),
        phase="periodic",
        proof=(
            story.line(
                "The multiplier of 0 is below −1 beyond [flip]:",
                1 - 2 * a,
                "<",
                -1,
                by=story.exactly(">", story.flip, None, None),
            ),
            story.line(
                "The roots are real because the discriminant is positive (and they lie in [−[a], 2], for outside of it "
                "every orbit is monotone):",
                (a - 1) * (a + 3),
                ">",
                0,
                by=story.exactly(">", story.flip, story.start, None),
            ),
            story.line(
                "On a root, [a] = ([z]² − [z] + 1)/(1 − [z]), and [f] gives the other root, for the sum of the two is "
                "1 − [a]:",
                f(z),
                "=",
                (1 - a) - z,
                by=on_cycle,
            ),
            story.line(
                "The multiplier is the product of the two derivatives:",
                slope(z) * slope(1 - a - z),
                "=",
                multiplier,
                by=on_cycle,
            ),
            story.line(
                "It falls from 1 and is below 1 beyond [flip]:",
                multiplier,
                "<",
                1,
                by=story.exactly(">", story.flip, story.start, None),
            ),
            story.line(
                "vanishes once, where the cycle is superstable,",
                multiplier,
                "=",
                0,
                by=story.exactly("=", superstable, story.start, None),
            ),
            story.line(
                "and is above −1 exactly below [flip2]:",
                multiplier,
                ">",
                -1,
                by=story.exactly("<", story.second_flip, story.start, None),
            ),
            *(
                (
                    story.line("The computed boundary is this flip:"),
                    story.fact(CertifiedBox(box=middle, family=story.family, multiplier=-1, period=2)),
                )
                if middle is not None
                else ()
            ),
            story.line(
                "The Schwarzian derivative of [f] is negative, because its sign is that of",
                2 * slope(z) * third(z) - 3 * second(z) ** 2,
                "=",
                -72 * (z + (a - 2) / 3) ** 2 - 4 * (1 + a) ** 2,
            ),
            story.line(
                "So every attracting cycle in [−[a], 2] draws a critical point or an end of the interval (Singer "
                "1978). The ends 2 and −[a] are repelling fixed points, the critical point 1 lands on −[a], and only "
                "[top] = (1 − 2[a])/3 is left: the 2-cycle draws [top], and there is no other attracting cycle.",
                quotes=("singer-1978",),
            ),
            story.line(
                "Almost every orbit follows. In the coordinate [v] of [z] = [v]² − [a] the map is the odd cubic "
                "h([v]) = (1 + [a])[v] − [v]³, whose only critical points, [v]² = (1 + [a])/3, both lie over [top]; "
                "the other critical point of [f], at 1, is where h vanishes:",
                v * slope(v**2 - a),
                "=",
                ((1 + a) * v - v**3) * (1 + a - 3 * v**2),
            ),
            story.line(
                "What never enters the basin is a closed set without critical points of h in which all cycles repel; "
                "there h expands (Mañé 1985), and such a set has length zero. With negative Schwarzian a neutral cycle "
                "attracts and would need a critical point, too (de Melo and van Strien 1993): there is none.",
                quotes=("mane-1985", "de-melo-van-strien-1993"),
            ),
            story.line(
                "At [flip2] the multiplier is −1, and by the same theorem a neutral cycle attracts: it draws [top]."
            ),
        ),
        sources=(PAPER, "singer-1978", "mane-1985", "de-melo-van-strien-1993", "guckenheimer-1979"),
    )
