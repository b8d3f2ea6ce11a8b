"""The site's pictures, drawn when it is built: inline SVG that takes its ink from the page, light or dark."""

from __future__ import annotations

from fractions import Fraction

# a value of the parameter in each phase, and where the orbit starts
COBWEBS = (("3/5", 0.9), ("9/10", 0.5), ("11/10", 0.5), ("39/20", 0.5), ("41/20", 0.5))


def pages() -> dict[str, str]:
    """Return the HTML of each picture by its place in the sources."""
    return {"_phases.html": _phases(), "explanation/_cobwebs.html": _cobwebs()}


def _phases() -> str:
    from symphase import PhaseRetrieval, derive, find_boundaries
    from symphase.hypertext import figure, inline_svg
    from symphase.plots import bifurcation_diagram, describe_bifurcation_diagram

    family = derive(PhaseRetrieval()).family
    if family is None:
        raise SystemExit("phase retrieval gave no map")
    boundaries = find_boundaries(family)
    return figure(inline_svg(bifurcation_diagram(boundaries), "phases", describe_bifurcation_diagram(boundaries)))


def _cobwebs() -> str:
    """One cobweb for each phase; that they lie in five different phases is checked."""
    from symphase import PhaseRetrieval, classify, derive
    from symphase.hypertext import figure, inline_svg
    from symphase.plots import cobweb, describe_cobweb

    family = derive(PhaseRetrieval()).family
    if family is None:
        raise SystemExit("phase retrieval gave no map")
    drawn, phases = [], []
    for number, (text, start) in enumerate(COBWEBS):
        parameter = Fraction(text)
        phase = classify(parameter).phase
        phases.append(phase)
        axes = cobweb(family, parameter, start=start, steps=40, phase=phase, within=(-2.1, 2.1))
        told = describe_cobweb(family, parameter, start=start, steps=40, phase=phase)
        drawn.append(figure(inline_svg(axes, f"cobweb{number}", told)))
    if len(set(phases)) != len(COBWEBS):
        raise SystemExit(f"the cobwebs show {', '.join(map(str, phases))}")
    return f'<div class="gallery">{"".join(drawn)}</div>'
