"""Tables of boundaries and of what independent routes say of them, for documents with amsmath, array and booktabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import flint

from symphase.algebraic import RealAlgebraic, isolate_real_roots
from symphase.boundaries import Boundaries, Boundary
from symphase.crossings import crosses
from symphase.enclosures import check_digits, round_decimal
from symphase.errors import InputError
from symphase.latex.writing import Writer, display, slug
from symphase.notation import LINE, formula_width, prose_latex
from symphase.onset import Onset
from symphase.verification import confirms_number

if TYPE_CHECKING:
    from symphase.verification import Verification

__all__ = [
    "Confirmation",
    "boundary_label",
    "boundary_table",
    "confirm_numbers",
    "confirmation_table",
    "exact_form",
    "isolating_decimals",
    "outward",
    "polynomial_text",
    "rows_of",
    "step_table",
    "tabular",
    "verification_table",
]

_LONGEST_FORMULA: Final = 10 * LINE
_WIDEST_CELL: Final = 115.0


def tabular(columns: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, size: str = r"\small") -> list[str]:
    """Write a centred table with rules above, below and under its head; cells are LaTeX already."""
    return [
        rf"\begin{{center}}{size}",
        rf"\begin{{tabular}}{{@{{}}{columns}@{{}}}}",
        r"  \toprule",
        f"  {' & '.join(head)} \\\\",
        r"  \midrule",
        *(f"  {' & '.join(row)} \\\\" for row in rows),
        r"  \bottomrule",
        r"\end{tabular}",
        r"\end{center}",
    ]


def _ragged(centimetres: float) -> str:
    """A column of lines that are not stretched."""
    return rf">{{\raggedright\arraybackslash}}p{{{centimetres:g}cm}}"


def isolating_decimals(boundary: Boundary) -> tuple[str, str]:
    """Return short decimals between which an algebraic boundary is the only root of its polynomial.

    Parameters
    ----------
    boundary : Boundary
        One with an exact algebraic value.

    Returns
    -------
    (str, str)

    Certainty
    ---------
    Exact: the roots between the two decimals are counted.
    """
    exact = boundary.algebraic
    if exact is None:
        raise InputError("boundary", boundary.name, "must be an algebraic number", "see Boundary.certainty")
    for digits in range(1, 400):
        step = Fraction(1, 10**digits)
        lower = exact.enclose(4 * digits + 8)[0] // step * step
        if len(isolate_real_roots(flint.fmpz_poly(list(exact.coefficients)), lower, lower + step)) == 1:
            return round_decimal(lower, digits), round_decimal(lower + step, digits)
    low, high = exact.interval
    return str(low), str(high)


def exact_form(value: RealAlgebraic | None, writer: Writer) -> str | None:
    """Return the radicals of an algebraic number where they are short enough for a table."""
    from sympy import I

    radicals = value.radicals() if value is not None else None
    if radicals is None or formula_width(radicals) > _WIDEST_CELL or radicals.has(I):  # no detour over complex numbers
        return None
    return writer.formula(radicals, ())


def rows_of(boundaries: Sequence[Boundary], writer: Writer) -> list[tuple[Boundary, str, int]]:
    """Return each boundary with its exact form, and the number of its polynomial (0 where it needs none)."""
    rows = []
    count = 0
    for boundary in boundaries:
        exact, number = exact_form(boundary.algebraic, writer), 0
        if exact is None and boundary.algebraic is not None:
            count += 1
            number = count
            exact = f"{writer.name('P')}_{{{count}}}({writer.name(boundary.family.parameter)}) = 0"
        rows.append((boundary, exact or r"\text{--}", number))
    return rows


def boundary_table(
    boundaries: Boundaries, *, digits: int = 12, writer: Writer | None = None, narrow: bool = False
) -> str:
    """Write the boundaries as a LaTeX table, followed by the polynomials of those without a short form.

    Parameters
    ----------
    boundaries : Boundaries
    digits : int
        Digits after the point, fewer where fewer are proved.
    writer : Writer, optional
        A choice of symbols.
    narrow : bool
        Whether it has to fit the text of LaTeX's plain article; smaller print, and names on two lines.

    Returns
    -------
    str
        A fragment for a document with amsmath, array and booktabs.
    """
    check_digits(digits)
    writer = writer or Writer()
    symbol = writer.name(boundaries.family.parameter)
    rows = rows_of(boundaries, writer)
    cells = [
        (
            writer.prose(boundary.name),
            f"${exact}$",
            f"${boundary.decimal(digits)}$",
            str(boundary.certainty),
            "--" if boundary.period is None else str(boundary.period),
            "--" if boundary.multiplier is None else f"${boundary.multiplier}$",
        )
        for boundary, exact, _ in rows
    ]
    head = ("boundary", f"${symbol}$, exactly", f"${symbol}$, rounded", "certainty", "period", "multiplier")
    texts = [polynomial_text(number, boundary, writer) for boundary, _, number in rows if number]
    columns, size = (f"{_ragged(2.8)}lllcc", r"\footnotesize") if narrow else ("llllcc", r"\small")
    return "\n".join([*tabular(columns, head, cells, size=size), *texts]) + "\n"


def polynomial_text(number: int, boundary: Boundary, writer: Writer, *, label: str = "") -> str:
    """Say which root of which irreducible polynomial a boundary is."""
    value = boundary.algebraic
    if value is None:
        return ""
    symbol = boundary.family.parameter
    lower, upper = isolating_decimals(boundary)
    index = f"_{{{number}}}" if number else ""
    name = f"{writer.name('P')}{index}({writer.name(symbol)})"
    polynomial = value.minimal_polynomial(symbol)
    text = f"{writer.sentence(boundary.name)[:-1]}: the one root of ${name}$ in $({lower},\\, {upper})$"
    if formula_width(polynomial) > _LONGEST_FORMULA:
        return f"{text}, an irreducible polynomial of degree {value.degree} that is too long to print.\n"
    shown = display(name, writer.lines(polynomial, (symbol,)), label=label)
    return f"{text}, where\n{shown}\nis irreducible over the rational numbers.\n"


def outward(boundary: Boundary, most: int = 18) -> tuple[str, str]:
    """Return decimals just outside certified bounds: as few digits as keep them apart."""
    lower, upper = boundary.enclose(64)
    digits = 1
    while digits < most and upper - lower < Fraction(3, 10**digits):
        digits += 1
    step = Fraction(1, 10**digits)
    return round_decimal(lower // step * step, digits), round_decimal(-(-upper // step) * step, digits)


def step_table(boundaries: Boundaries, writer: Writer, unit: str, *, digits: int = 8, narrow: bool = False) -> str:
    r"""Write the boundaries in the parameter, in the step size and in step size × sharpness.

    Parameters
    ----------
    boundaries : Boundaries
        Of the residual map, where ηλ = 2a at an interpolating minimum.
    writer : Writer
    unit : str
        LaTeX of the step size at which the parameter is 1.
    digits : int
        Digits after the point, fewer where fewer are proved.
    narrow : bool
        As for :func:`boundary_table`.

    Returns
    -------
    str
        A fragment for a document with amsmath, array and booktabs.
    """
    check_digits(digits)
    a, eta, sharpness = (writer.name(name) for name in (boundaries.family.parameter, "eta", "lambda"))
    rows = []
    for boundary in boundaries:
        value = boundary.algebraic
        doubled = value.affine(2, 0) if value is not None else None
        exact = exact_form(doubled, writer) or r"\text{--}"
        lower, upper = (2 * end for end in boundary.enclose(4 * digits + 16))
        kept = digits
        while kept and round_decimal(lower, kept) != round_decimal(upper, kept):
            kept -= 1
        rounded = doubled.decimal(digits) if doubled is not None else round_decimal(lower, kept)
        decimal = number_text(boundary, digits)
        if value is not None and value.is_rational and (2 * value.interval[0]).denominator == 1:
            rounded = _rational_text(2 * value.interval[0])
        rows.append(
            (
                writer.prose(boundary.name),
                f"${decimal}$",
                "$0$" if not decimal.strip("-0.") else f"${decimal}\\,{unit}$",
                f"${exact}$",
                f"${rounded}$",
                writer.prose(boundary.after),
            )
        )
    head = (
        "boundary",
        f"${a}$",
        f"${eta}$",
        f"${eta}{' ' if eta[-1:].isalpha() and sharpness[:1].isalpha() else ''}{sharpness}$, exactly",
        f"${eta}{' ' if eta[-1:].isalpha() and sharpness[:1].isalpha() else ''}{sharpness}$",
        "beyond it",
    )
    columns = f"{_ragged(2.6 if narrow else 4.3)}llll{_ragged(2.3 if narrow else 3.4)}"
    return "\n".join(tabular(columns, head, rows, size=r"\footnotesize")) + "\n"


def verification_table(verification: Verification, writer: Writer, *, narrow: bool = False) -> str:
    """Write what the independent routes say of each boundary.

    Parameters
    ----------
    verification : Verification
    writer : Writer
    narrow : bool
        As for :func:`boundary_table`.

    Returns
    -------
    str
        A fragment for a document with amsmath, array and booktabs.
    """
    rows = [
        (
            writer.prose(row.boundary.name),
            f"${_short(row.below)}$, ${_short(row.above)}$",
            _yes(row.enclosure_agrees),
            _seen(row.mpmath_below, row.mpmath_above, row.mpmath_agrees),
            _seen(row.simulation_below, row.simulation_above, row.simulation_agrees),
        )
        for row in verification
    ]
    symbol = writer.name(verification.rows[0].boundary.family.parameter) if verification.rows else ""
    head = ("boundary", f"${symbol}$ on its two sides", "proved again", "orbits", "gradient descent")
    first, second, third = (2.6, 2.0, 2.0) if narrow else (4.3, 2.6, 3.0)
    columns = f"{_ragged(first)}{_ragged(second)}c{_ragged(third)}{_ragged(third)}"
    return "\n".join(tabular(columns, head, rows, size=r"\footnotesize")) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A boundary whose number was looked at again.

    Attributes
    ----------
    boundary : Boundary
    proved_again : bool
        Whether a second proof of the number succeeded.
    crosses : bool or None
        Whether the defining quantity, in mpmath, changes sign within 10⁻¹² of the number (of an onset: whether both
        ends of the bracket lie on the sides that they should); None where that route does not apply.
    """

    boundary: Boundary
    proved_again: bool
    crosses: bool | None

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against the number."""
        return self.proved_again and self.crosses is not False


def confirm_numbers(boundaries: Boundaries) -> tuple[Confirmation, ...]:
    """Prove the number of each boundary again, and look in mpmath for the change of sign that defines it.

    The second route needs one critical point, rational in the parameter, whose orbit moves: for other maps its refusal
    says nothing.
    """
    free = boundaries.reduced_family.free_critical_factors
    applies = len(free) == 1 and free[0].degrees()[0] == 1
    found = []
    for boundary in boundaries:
        seen: bool | None = crosses(boundaries, boundary)
        if not seen and not applies:
            seen = None
        found.append(Confirmation(boundary=boundary, proved_again=confirms_number(boundaries, boundary), crosses=seen))
    return tuple(found)


def confirmation_table(numbers: Sequence[Confirmation], writer: Writer, *, narrow: bool = False) -> str:
    """Write which numbers were confirmed.

    Parameters
    ----------
    numbers : sequence of Confirmation
    writer : Writer
    narrow : bool
        As for :func:`boundary_table`.

    Returns
    -------
    str
        A fragment for a document with amsmath, array and booktabs.
    """
    rows = [
        (
            writer.prose(one.boundary.name),
            f"${number_text(one.boundary, 12 if narrow else 20)}$",
            _yes(one.proved_again),
            "does not apply" if one.crosses is None else _crossing(one),
        )
        for one in numbers
    ]
    symbol = writer.name(numbers[0].boundary.family.parameter) if numbers else ""
    head = ("boundary", f"${symbol}$", "proved again", r"changes sign within $10^{-12}$")
    columns = f"{_ragged(2.8)}lc{_ragged(3.2)}" if narrow else "llcc"
    return "\n".join(tabular(columns, head, rows, size=r"\footnotesize" if narrow else r"\small")) + "\n"


def _short(value: Fraction) -> str:
    return round_decimal(value, 6).rstrip("0").rstrip(".")


def _crossing(one: Confirmation) -> str:
    if isinstance(one.boundary.value, Onset) and one.crosses:
        return "sides decided (bracket)"  # no quantity is zero there: kneading words at both ends of the bracket
    return _yes(bool(one.crosses))


def _yes(holds: bool) -> str:
    return "yes" if holds else r"\textbf{no}"


def _seen(below: str, above: str, agrees: bool) -> str:
    text = rf"{prose_latex(below)} $\to$ {prose_latex(above)}"
    return text if agrees else rf"\textbf{{disagrees:}} {text}"


def number_text(boundary: Boundary, digits: int) -> str:
    """Return the proved digits of a boundary, or the number itself where it is an integer."""
    value = boundary.algebraic
    if value is not None and value.is_rational and value.interval[0].denominator == 1:
        return _rational_text(value.interval[0])
    return boundary.decimal(digits)


def _rational_text(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else rf"\frac{{{value.numerator}}}{{{value.denominator}}}"


def boundary_label(boundary: Boundary) -> str:
    """Return the label of a boundary: its kind, and its period where it has one."""
    kind = boundary.kind.name.lower().replace("_", "-")
    return slug(f"{kind} {boundary.period}" if boundary.period is not None else kind)
