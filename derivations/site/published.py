"""The page that puts each published number beside ours.

Ours are computed while the page is written, and compared with what is printed here as published: exactly where that is
an exact number or a sequence, by a certified enclosure where it is a decimal.  A mismatch stops the build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy

    from symphase import Boundary, BoundaryKind, PolynomialFamily, RealAlgebraic

__all__ = ["Row", "pages", "rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published number and ours."""

    group: str
    what: str
    published: str
    source: str
    relation: str
    ours: str
    certainty: str
    agrees: bool


# --- sources ----------------------------------------------------------------------------------------------------------

_PAPER = "[Chen et al. 2023, arXiv:2310.01687](https://arxiv.org/abs/2310.01687)"
_LEWKOWYCZ = "[Lewkowycz et al. 2020, arXiv:2003.02218](https://arxiv.org/abs/2003.02218)"
_COHEN = "[Cohen et al. 2021, arXiv:2103.00065](https://arxiv.org/abs/2103.00065)"
_TEN = "Bailey, Borwein, Kapoor, Weisstein, Amer. Math. Monthly 113 (2006) 481–509"
_SAHA = "Saha and Strogatz, Mathematics Magazine 68 (1995) 42–47"
_KOTSIREAS = "Kotsireas and Karamanos, Int. J. Bifurcation and Chaos 14 (2004) 2417–2423"
_MAY = "[May 1976, doi:10.1038/261459a0](https://doi.org/10.1038/261459a0)"
_MSS = "[Metropolis, Stein, Stein 1973, doi:10.1016/0097-3165(73)90033-2](https://doi.org/10.1016/0097-3165(73)90033-2)"
_ZHANG = "[Zhang, Cycles of the antisymmetric cubic map](https://logperiod.appspot.com/cubic)"
_ZHANG_TABLES = "[Zhang 2012, arXiv:1204.0546](https://arxiv.org/abs/1204.0546), tables of the cubic map"
_MUNAFO = "[Munafo, Mu-Ency: Misiurewicz point](http://www.mrob.com/pub/muency/misiurewiczpoint.html)"
_ADLER = "Adler and McAndrew, Trans. Amer. Math. Soc. 121 (1966) 236–241"
_ULAM = "Ulam and von Neumann, Bull. Amer. Math. Soc. 53 (1947) 1120"


def _oeis(number: str) -> str:
    return f"[OEIS {number}](https://oeis.org/{number})"


# --- comparing --------------------------------------------------------------------------------------------------------


def _same_number(value: RealAlgebraic, published: sympy.Expr) -> bool:
    """Whether an algebraic number is the one that an expression in radicals names, exactly."""
    import sympy

    rational = _rational(value)
    if rational is not None:
        return bool(published == sympy.Rational(rational.numerator, rational.denominator))
    x = sympy.Symbol("x")
    theirs = sympy.Poly(sympy.minimal_polynomial(published, x), x)
    ours = sympy.Poly.from_list([int(c) for c in reversed(value.coefficients)], x)
    # the same irreducible polynomial, and theirs lies in the interval that holds one root of it, which is ours
    lower, upper = (sympy.Rational(end.numerator, end.denominator) for end in value.interval)
    return theirs.monic() == ours.monic() and bool(lower < published) and bool(published < upper)


def _rational(value: RealAlgebraic | None) -> Fraction | None:
    return value.interval[0] if value is not None and value.is_rational else None


def _within_digits(bounds: tuple[Fraction, Fraction], published: str) -> bool:
    """Whether an enclosure allows the published decimal, to one unit of its last digit."""
    unit = Fraction(1, 10 ** len(published.partition(".")[2]))
    value = Fraction(published)
    return bounds[0] - unit <= value <= bounds[1] + unit and bounds[1] - bounds[0] < 1000 * unit


def _outward(lower: Fraction, upper: Fraction, digits: int) -> str:
    """Bounds as decimals, the lower one rounded down and the upper one up."""
    scale = 10**digits
    return f"in ({_decimal(lower * scale // 1, digits)}, {_decimal(-(-upper * scale // 1), digits)})"


def _decimal(units: int, digits: int) -> str:
    sign, body = "−" if units < 0 else "", str(abs(units)).rjust(digits + 1, "0")
    return f"{sign}{body[:-digits]}.{body[-digits:]}"


# --- the families -----------------------------------------------------------------------------------------------------


def _family(formula: str, variable: str, parameter: str) -> PolynomialFamily:
    from sympy import Symbol

    from symphase import PolynomialFamily, parse_formula

    expression = parse_formula(formula, [variable, parameter])
    return PolynomialFamily(expression, variable=Symbol(variable), parameter=Symbol(parameter))


def _residual() -> PolynomialFamily:
    from symphase import PhaseRetrieval, derive

    family = derive(PhaseRetrieval()).family
    if family is None:
        raise SystemExit("phase retrieval gave no map")
    return family


def _boundary(family: PolynomialFamily, kind: BoundaryKind, period: int | None = None) -> Boundary:
    from symphase import find_boundaries

    return find_boundaries(family).require(kind, period)


# --- the rows ---------------------------------------------------------------------------------------------------------


def rows() -> Iterator[Row]:
    """Yield every published number with ours."""
    yield from _gradient_descent()
    yield from _universal()
    yield from _logistic()
    yield from _cubic()
    yield from _counts()
    yield from _chaos()


def _exact(group: str, what: str, text: str, published: sympy.Expr, source: str, found: Boundary) -> Row:
    value = found.algebraic
    return Row(
        group=group,
        what=what,
        published=text,
        source=source,
        relation="equal",
        ours=found.decimal(15),
        certainty=str(found.certainty),
        agrees=value is not None and _same_number(value, published),
    )


def _gradient_descent() -> Iterator[Row]:
    import sympy

    from symphase import BoundaryKind

    group = "Gradient descent in quadratic regression"
    family = _residual()
    z, a = family.variable, family.parameter
    map_agrees = sympy.expand(family.expression - (z**3 + (a - 2) * z**2 + (1 - 2 * a) * z)) == 0
    yield Row(
        group=group,
        what="the map that the residual follows",
        published="z³ + (a−2)z² + (1−2a)z",
        source=_PAPER,
        relation="equal",
        ours="the same polynomial, derived from the loss",
        certainty="exact",
        agrees=bool(map_agrees),
    )
    root2 = sympy.sqrt(2)
    monotone = _boundary(family, BoundaryKind.MONOTONE_END)
    yield _exact(group, "monotonic → catapult, in *a*", "2√2 − 2", 2 * root2 - 2, _PAPER, monotone)
    yield _exact(
        group, "catapult → periodic, in *a*", "1", sympy.Integer(1), _PAPER, _boundary(family, BoundaryKind.FLIP, 1)
    )
    escape = _boundary(family, BoundaryKind.ESCAPE)
    yield _exact(group, "chaotic → divergent, in *a*", "2", sympy.Integer(2), _PAPER, escape)
    onset = _boundary(family, BoundaryKind.ONSET)
    lower, upper = onset.enclose(20)
    yield Row(
        group=group,
        what="periodic → chaotic, in *a*",
        published="some *a*\\* with 1 < *a*\\* < 2",
        source=_PAPER,
        relation="inside",
        ours=_outward(lower, upper, 7),
        certainty=str(onset.certainty),
        agrees=1 < lower <= upper < 2,
    )
    edge = _boundary(family, BoundaryKind.FLIP, 1)
    value = _rational(edge.algebraic)
    yield Row(
        group=group,
        what="edge of stability: step size × sharpness",
        published="2",
        source=_COHEN,
        relation="equal: ηλ = 2*a*, λ at the minimum",
        ours=str(2 * value) if value is not None else "?",
        certainty=str(edge.certainty),
        agrees=value is not None and 2 * value == 2,
    )
    yield _largest_start(family, group)


def _largest_start(family: PolynomialFamily, group: str) -> Row:
    """The edge of the bounded starts for the target 0, where a = 0 and step size × curvature at the start is 2z."""
    import sympy

    z = family.variable
    growth = sympy.Poly(family.expression.subs(family.parameter, 0) - z, z)  # beyond its last root orbits grow for ever
    last = max(root for root in sympy.roots(growth) if root.is_real)
    w, eta, gamma = sympy.symbols("w eta gamma", positive=True)
    prediction = gamma * w**2 / 2  # one sample; its rescaled residual is z = ηγ·prediction, as the target is 0
    ratio = sympy.cancel(eta * sympy.diff(prediction, w) ** 2 / (eta * gamma * prediction))
    return Row(
        group=group,
        what="largest step size × curvature at the start without divergence, for the target 0",
        published="4",
        source=_LEWKOWYCZ,
        relation="equal: ηλ₀ = 2(*z*₀ + *a*) at *a* = 0 and the edge *z*₀ = 2",
        ours=str(ratio * last),
        certainty="exact",
        agrees=bool(growth.LC() > 0) and ratio * last == 4,
    )


def _universal() -> Iterator[Row]:
    from symphase import enclose_onset, feigenbaum_constants

    group = "Period doubling"
    delta, alpha = "4.66920160910299067185", "2.50290787509589282228"
    maps = {
        "logistic map": (_family("r*x*(1-x)", "x", "r"), (2.0, 1 + 5**0.5, 4.0)),
        "residual map": (_residual(), (0.5, 3 * 2**0.5 / 2 - 1, 2.0)),
    }
    for name, (family, (first, second, end)) in maps.items():
        onset = enclose_onset(family, first_superstable=first, second_superstable=second, chaotic_end=end, doublings=13)
        if isinstance(onset, str):
            raise SystemExit(f"{name}: {onset}")
        found = feigenbaum_constants(onset)
        for what, text, source, value in (
            (f"Feigenbaum's δ, from the {name}", delta, _oeis("A006890"), found.delta),
            (f"Feigenbaum's α, from the {name}", alpha, _oeis("A006891"), found.alpha),
        ):
            gap = abs(abs(Fraction(value.value)) - Fraction(text))
            digits = len(value.value.partition(".")[2])
            yield Row(
                group=group,
                what=what,
                published=f"{text}…",
                source=source,
                relation="within the error stated",
                ours=f"≈ {value.value.lstrip('-')} ± {float(value.error):.1e}",
                certainty=str(value.certainty),
                agrees=gap <= value.error + Fraction(1, 10**digits),
            )


def _logistic() -> Iterator[Row]:
    import sympy

    from symphase import BoundaryKind, band_merging_parameters, bifurcation_polynomials, enclose_onset

    group = "The logistic map r·x·(1−x) and x² + c"
    family = _family("r*x*(1-x)", "x", "r")
    for what, text, value, kind, period in (
        ("period 1 → 2", "3", sympy.Integer(3), BoundaryKind.FLIP, 1),
        ("period 2 → 4", "1 + √6", 1 + sympy.sqrt(6), BoundaryKind.FLIP, 2),
        ("birth of the 3-cycle", "1 + √8", 1 + sympy.sqrt(8), BoundaryKind.TANGENCY, 3),
        ("end of the bounded range", "4", sympy.Integer(4), BoundaryKind.ESCAPE, None),
    ):
        yield _exact(group, what, text, value, _MAY if period != 3 else _SAHA, _boundary(family, kind, period))
    third = _boundary(family, BoundaryKind.FLIP, 4)
    published = (4913, 0, 2108, -604, -977, 8, 44, 392, -193, -40, 48, -12, 1)
    yield Row(
        group=group,
        what="period 4 → 8: its minimal polynomial, lowest power first",
        published=", ".join(map(str, published)),
        source=_TEN,
        relation="equal",
        ours=f"the same; its root {third.decimal(15)}",
        certainty=str(third.certainty),
        agrees=third.algebraic is not None and third.algebraic.coefficients == published,
    )
    degrees = [
        max(factor.degree for factor in bifurcation_polynomials(family, period, -1, within=(3, 4)))
        for period in (1, 2, 4, 8)
    ]
    yield _sequence(
        group,
        "degrees of the numbers at which period 1, 2, 4, 8 doubles",
        [1, 2, 12, 240],
        f"{_oeis('A087046')}; the last: {_KOTSIREAS}",
        degrees,
    )
    for name, formula, names, seeds, text, source in (
        ("r·x·(1−x)", "r*x*(1-x)", ("x", "r"), (2.0, 1 + 5**0.5, 4.0), "3.569945671870944901842", _oeis("A098587")),
        ("x² + c", "x^2+c", ("x", "c"), (0.0, -1.0, -2.0), "-1.401155189092050600", _oeis("A218453")),
    ):
        onset = enclose_onset(
            _family(formula, *names),
            first_superstable=seeds[0],
            second_superstable=seeds[1],
            chaotic_end=seeds[2],
            doublings=13,
        )
        if isinstance(onset, str):
            raise SystemExit(f"{name}: {onset}")
        lower, upper = onset.bracket
        gap = abs(Fraction(onset.estimate) - Fraction(text))
        yield Row(
            group=group,
            what=f"onset of chaos of {name}",
            published=f"{text}…",
            source=source,
            relation="inside the bracket; ≈ agrees to the digits shown",
            ours=f"{_outward(lower, upper, 9)}; ≈ {onset.estimate[:22]}",
            certainty="certified; ≈ numerical",
            agrees=lower < Fraction(text) < upper and gap < Fraction(1, 10**15),
        )
    quadratic = _family("x^2+c", "x", "c")
    found = _boundary(quadratic, BoundaryKind.ONSET)
    from symphase import Onset

    if not isinstance(found.value, Onset):
        raise SystemExit("x² + c gave no onset")
    (merging, *_) = band_merging_parameters(quadratic, found.value)
    yield Row(
        group=group,
        what="two chaotic bands merge into one, x² + c",
        published="-1.543689",
        source=_MUNAFO,
        relation="equal to the digits given",
        ours=merging.value.decimal(15) if merging.value is not None else "?",
        certainty=str(merging.certainty),
        agrees=merging.value is not None and _within_digits(merging.value.enclose(80), "-1.543689"),
    )


# Zhang's polynomials in r, lowest power first; the last is one in r²
_BIRTH_OF_THREE = (2197, 1690, 715, 376, -113, -206, -35, 16, 4)
_FLIP_OF_THREE = (38416, 24696, 15288, -11816, -8541, -2556, -1434, 2358, 1539, -434, -288, 24, 16)
_IN_SQUARES = (
    *(-7984925229121, 0, 1539579145957, 308406843576, -72612143404, -524807876277, 234882618673, 59290039854),
    *(-68871388441, 15958823175, 2211361312, -2158227720, 585876512, -88031232, 7834624, -387072, 8192),
)
_FLIP_OF_FOUR = tuple(term for square in _IN_SQUARES for term in (square, 0))[:-1]


def _cubic() -> Iterator[Row]:
    import sympy

    from symphase import BoundaryKind, bifurcation_polynomials

    group = "The odd cubic map r·x − x³, where r = 1 + a"
    family = _family("r*x-x^3", "x", "r")
    yield _exact(
        group, "birth of the stable 2-cycles", "2", sympy.Integer(2), _ZHANG, _boundary(family, BoundaryKind.FLIP, 1)
    )
    yield _exact(group, "end of their window", "√5", sympy.sqrt(5), _ZHANG, _boundary(family, BoundaryKind.FLIP, 2))
    for what, period, multiplier, text, published in (
        ("birth of the first 3-cycles", 3, 1, "2.4504409645", _BIRTH_OF_THREE),
        ("their flip", 3, -1, "2.4608286739", _FLIP_OF_THREE),
        ("period 4 → 8 of the cascade", 4, -1, "2.2880317545", _FLIP_OF_FOUR),
    ):
        found = bifurcation_polynomials(family, period, multiplier, within=(2, 3)).roots[0]
        yield Row(
            group=group,
            what=f"{what}, and the minimal polynomial",
            published=f"{text}, degree {len(published) - 1}",
            source=_ZHANG_TABLES,
            relation="the same polynomial; the root to the digits given",
            ours=found.value.decimal(15),
            certainty=str(found.certainty),
            agrees=found.value.coefficients == published and _within_digits(found.value.enclose(80), text),
        )
    for what, multiplier, text, degree in (
        ("birth of the first 5-cycles, and the degree", 1, "2.3939250274", 112),
        ("their flip, and the degree", -1, "2.3957922744", 120),
    ):
        found = bifurcation_polynomials(family, 5, multiplier, within=(2, 3)).roots[0]
        yield Row(
            group=group,
            what=what,
            published=f"{text}, degree {degree}",
            source=_ZHANG_TABLES,
            relation="equal to the digits given; the same degree",
            ours=f"{found.value.decimal(15)}, degree {found.value.degree}",
            certainty=str(found.certainty),
            agrees=found.value.degree == degree and _within_digits(found.value.enclose(80), text),
        )


def _sequence(group: str, what: str, published: Sequence[int], source: str, ours: Sequence[int]) -> Row:
    return Row(
        group=group,
        what=what,
        published=", ".join(map(str, published)),
        source=source,
        relation="equal",
        ours=", ".join(map(str, ours)),
        certainty="exact",
        agrees=list(published) == list(ours),
    )


def _counts() -> Iterator[Row]:
    from symphase import bifurcation_polynomials, build_atlas, census

    group = "Counting cycles and windows"
    quadratic = _family("x^2+c", "x", "c")
    periods = range(1, 9)
    superstable = [bifurcation_polynomials(quadratic, period, 0) for period in periods]
    yield _sequence(
        group,
        "components of period n of the Mandelbrot set, n = 1 … 8: degrees of the superstable polynomials",
        [1, 1, 3, 6, 15, 27, 63, 120],
        _oeis("A000740"),
        [sum(factor.degree for factor in found) for found in superstable],
    )
    real = [1, 1, 1, 2, 3, 5, 9, 16]
    yield _sequence(
        group,
        "those on the real axis, n = 1 … 8: real roots found",
        real,
        f"{_oeis('A000048')}; {_MAY}, table 2",
        [len(found.roots) for found in superstable],
    )
    atlas = build_atlas(quadratic, 8)
    yield _sequence(
        group,
        "the same, counted as certified windows of the atlas",
        real,
        _oeis("A000048"),
        [len(atlas.of_period(period)) for period in periods],
    )
    yield _sequence(
        group,
        "patterns of superstable cycles, n = 2 … 12",
        [1, 1, 2, 3, 5, 9, 16, 28, 51, 93, 170],
        _MSS,
        census(2, 12).superstable[1:],
    )
    yield _sequence(
        group,
        "cycles of x² − 2, n = 1 … 10: binary necklaces without symmetry",
        [2, 1, 2, 3, 6, 9, 18, 30, 56, 99],
        _oeis("A001037"),
        census(2, 10).cycles,
    )
    yield _sequence(
        group,
        "cycles of the residual map at a = 2, n = 1 … 8: ternary necklaces without symmetry",
        [3, 3, 8, 18, 48, 116, 312, 810],
        _oeis("A027376"),
        census(3, 8).cycles,
    )


def _chaos() -> Iterator[Row]:
    from symphase import lyapunov_exponent, topological_entropy

    group = "Entropy and exponents"
    entropy = topological_entropy(_residual(), 2)
    yield Row(
        group=group,
        what="topological entropy of the residual map at a = 2 (conjugate to a Chebyshev polynomial of degree 3)",
        published="log 3",
        source=_ADLER,
        relation="equal",
        ours=str(entropy),
        certainty=str(entropy.certainty),
        agrees=_rational(entropy.growth) == 3,
    )
    exponent = lyapunov_exponent(_family("r*x*(1-x)", "x", "r"), 4)
    yield Row(
        group=group,
        what="Lyapunov exponent of the logistic map at r = 4",
        published="log 2",
        source=f"follows from the density of {_ULAM}",
        relation="equal",
        ours=f"log {exponent.growth}",
        certainty=str(exponent.certainty),
        agrees=_rational(exponent.growth) == 2,
    )


# --- the page ---------------------------------------------------------------------------------------------------------

_HEAD = """# Published numbers, and ours

Numbers that others published, beside what symphase computes. The right-hand side of every row was **computed when this
page was built**, and compared: an exact number with an exact number, by minimal polynomial and root; a sequence term
by term; a decimal with a certified enclosure. One mismatch and there would be no page.

{count} rows, all in agreement. The program that wrote them is `derivations/site/published.py`.

"""

_TAIL = """
## Numbers without a row

For the onset of chaos of the residual map, *a*∞ ≈ 1.30228346270071, and for its interior crisis, 3√3/2 − 1, we have no
published value at hand. Our own routes agree on them (`symphase verify`). If you know of one, please tell us.
"""


def pages(found: Callable[[], Iterator[Row]] = rows) -> dict[str, str]:
    """Return the page; a mismatch is an error that names its row."""
    every = list(found())
    wrong = [f"{row.what}: published {row.published}, ours {row.ours}" for row in every if not row.agrees]
    if wrong:
        raise SystemExit("published numbers that we do not reproduce:\n" + "\n".join(wrong))
    lines = [_HEAD.format(count=len(every))]
    for group in dict.fromkeys(row.group for row in every):
        lines += [f"## {group}", "", "| what | published | ours | relation |", "|---|---|---|---|"]
        lines += [
            f"| {row.what} | {row.published}<br><small>{row.source}</small> "
            f"| {row.ours}<br>[{row.certainty}]{{.level}} | {row.relation} |"
            for row in every
            if row.group == group
        ]
        lines.append("")
    return {"published.md": "\n".join([*lines, _TAIL])}
