"""The sections that lead from a model to its map: the model, the derivation, and why it may stop short."""

from __future__ import annotations

from typing import Any

from symphase.derivation import Derivation, Quantity
from symphase.enclosures import Verdict
from symphase.latex.matter import Matter
from symphase.latex.wording import coordinate, symbols_used
from symphase.latex.writing import Writer, items, outside
from symphase.models import SYMBOLS, Model, OneWeight, PolynomialLoss, PolynomialModel
from symphase.steps import CheckResult, Step

__all__ = ["derivation_section", "model_section", "obstruction_section", "step_lines", "verdict_text"]


def left_side(quantity: Quantity, model: Model, writer: Writer) -> str:
    """Write the left-hand side that belongs to a quantity."""
    scalar = isinstance(model, (OneWeight, PolynomialLoss, PolynomialModel))
    weight = writer.name(coordinate_of(model))
    n = writer.name
    if quantity is Quantity.DRIFT:
        eta = n("eta")
        return rf"\left.\frac{{\partial {n('e')}'}}{{\partial {eta}}}\right|_{{{eta} = 0}}"
    return {
        Quantity.PREDICTION: n("g"),
        Quantity.LOSS: n("L") if scalar else f"{n('L')}_{{ij}}",
        Quantity.SLOPE: f"{n('L')}'" if scalar else rf"{n('x')}_i^{{\top}} \nabla {n('L')}_{{ij}}",
        Quantity.NEXT_COUPLED: f"{weight}'",
        Quantity.NEXT_PROJECTION: f"{weight}'",
        Quantity.NEXT_RESIDUAL: f"{n('e')}'",
        Quantity.NEXT_RESCALED: f"{n('z')}'",
    }[quantity]


def coordinate_of(model: Model) -> Any:
    """Return the weight of a model of one weight, or its projection."""
    scalar = isinstance(model, (OneWeight, PolynomialLoss, PolynomialModel))
    return model.coordinates[0] if scalar else SYMBOLS.p


def model_section(matter: Matter, derivation: Derivation) -> list[str]:
    """Write the model, its loss, the notation and the assumptions."""
    writer, first = matter.writer, derivation.steps[0]
    lines = ["", r"\section{The model}"]
    if first.before_is is Quantity.PREDICTION:
        lines += [
            "The model predicts, for one sample,",
            writer.equation(writer.name("g"), first.before, end=","),
            writer.prose("and gradient descent w ← w − η∇L lowers the squared error. Its part of ")
            + ("two samples $i$ and $j$ is" if first.after.has(SYMBOLS.y_j) else "one sample is"),
            writer.equation(left_side(first.after_is, derivation.model, writer), first.after, end="."),
        ]
    else:
        left = left_side(first.before_is, derivation.model, writer)
        lines += ["The loss of the one weight is", writer.equation(left, first.before, end=".")]
    if derivation.scale is not None and derivation.family is not None:
        lines.append(
            writer.prose(
                "That gradient descent on such models is one cubic map, and that it has five phases, is due to Chen, "
                "Balasubramanian, Ghosal and Agrawalla 2024."
            )
        )
    lines += ["", r"\subsection*{Notation}"]
    lines += items([f"${writer.name(symbol)}$: {writer.prose(text)}." for symbol, text in symbols_used(derivation)])
    if any(str(symbol).endswith("_j") for step in derivation.steps for symbol in step.after.free_symbols):
        lines.append("An index $j$ marks what belongs to another sample $j$; a prime marks the value after one step.")
    else:
        lines.append(writer.prose("A prime marks the value after one step; L′ is the derivative of the loss."))
    if derivation.assumptions:
        lines += ["", r"\subsection*{Assumptions}", *items([writer.sentence(text) for text in derivation.assumptions])]
    return lines


def derivation_section(matter: Matter, derivation: Derivation) -> list[str]:
    """Write the steps, each with its reason and the verdict of its check."""
    writer, first = matter.writer, derivation.steps[0]
    thing = "prediction" if first.before_is is Quantity.PREDICTION else "loss"
    lines = [
        "",
        r"\section{Derivation}\label{sec:derivation}",
        f"It starts from the {thing},",
        writer.equation(left_side(first.before_is, derivation.model, writer), first.before, label="eq:step-0", end="."),
    ]
    for number, (step, result) in enumerate(zip(derivation.steps, matter.checks["derivation"], strict=False), start=1):
        lines += ["", *step_lines(number, step, result, writer)]
    return lines


def step_lines(number: int, step: Step, result: CheckResult, writer: Writer, *, alone: bool = False) -> list[str]:
    """Write one step of a derivation; alone, it begins with the equation that it starts from."""
    lines = [rf"\paragraph{{Step {number}. {writer.prose(step.title)}.}}", f"{writer.sentence(step.reason)}"]
    if step.definitions:
        news = ", ".join(f"${writer.name(s)} = {writer.formula(e)}$" for s, e in step.definitions)
        lines.append(f"Here {news}.")
    needs = "; ".join(writer.prose(text) for text in step.assumptions)
    if alone:
        start = writer.equation(left_side(step.before_is, step.model, writer), step.before)
        lines += ["From", start, "it follows that"]
    else:
        lines.append(rf"From~\eqref{{eq:step-{number - 1}}},")
    lines += [
        writer.equation(left_side(step.after_is, step.model, writer), step.after, label=f"eq:step-{number}", end="."),
        rf"\emph{{Check: {verdict_text(result)}.}}" + (f" Assumed here: {needs}." if needs else ""),
    ]
    return lines


def verdict_text(result: CheckResult) -> str:
    """Write a verdict; what is not proved in bold, with what disagrees."""
    if result.verdict is Verdict.PROVED:
        return "proved"
    return rf"\textbf{{{result.verdict}}}" + (f" ({outside(result.detail)})" if result.detail else "")


def obstruction_section(matter: Matter, derivation: Derivation) -> list[str]:
    """Write why there is no map of the residual, and what holds all the same."""
    writer = matter.writer
    name = writer.name(coordinate(derivation))
    heading = (
        "The map is linear" if isinstance(derivation.model, PolynomialLoss) else "Why there is no map of the residual"
    )
    lines = ["", rf"\section{{{heading}}}", writer.prose(derivation.obstruction or "")]
    if derivation.residual_map is not None:
        lines += [
            "The residual itself follows",
            writer.equation(f"{writer.name('e')}'", derivation.residual_map, end="."),
        ]
    orthogonal = ", on orthogonal rows," if coordinate(derivation) == SYMBOLS.p else ""
    lines += [f"What always holds{orthogonal} is", writer.equation(f"{name}'", derivation.weight_map, end=".")]
    if derivation.quotient_map is not None and derivation.quotient_center is not None:
        own = coordinate(derivation)
        centre = writer.formula(own - derivation.quotient_center, (own,))
        lines += [
            f"Moreover ${writer.name('s')} = ({centre})^{{2}}$ follows",
            writer.equation(f"{writer.name('s')}'", derivation.quotient_map, (), end="."),
        ]
    return lines
