"""Pictures of maps, phases and runs: each function takes data and, if you like, an Axes, and returns the Axes.

No function touches pyplot or the settings of the process.  Without an Axes a new ``Figure`` is made; save it with
``axes.figure.savefig(...)`` or
:func:`show` it in a notebook.  Each phase has one colour (Okabe and Ito's palette, told apart with every common form
of colour blindness), one line style and one hatch, the same in every picture.  Each picture has a function that puts
it in words.

An orbit in a picture is a float orbit: it illustrates, and decides nothing.  The lines that mark boundaries stand at
the exact values.

On an Axes of yours, leave room for what stands outside of it: names of boundaries above (up to 2 inches in wide
pictures, 1 in those one column wide), legends below (0.8 inches).  Pictures are fitted to the size that the Axes has
when they are drawn.
"""

from __future__ import annotations

from symphase.plots.drift import coherence_drift, describe_coherence_drift
from symphase.plots.exponents import describe_lyapunov_plot, lyapunov_plot
from symphase.plots.generalization import (
    HeldOutErrors,
    describe_generalization_plot,
    generalization_plot,
    held_out_errors,
)
from symphase.plots.maps import bifurcation_diagram, cobweb, describe_bifurcation_diagram, describe_cobweb
from symphase.plots.observed import describe_observed_strip, describe_phase_diagram, observed_strip, phase_diagram
from symphase.plots.showing import show
from symphase.plots.spans import boundary_label, phase_spans
from symphase.plots.strips import describe_phase_strip, describe_sample_scales, phase_strip, sample_scales
from symphase.plots.style import INK, PHASE_STYLES, PhaseStyle, new_axes
from symphase.plots.training import (
    describe_loss_curve,
    describe_sharpness_plot,
    describe_training_curves,
    loss_curve,
    sharpness_plot,
    training_curves,
)

__all__ = [
    "INK",
    "PHASE_STYLES",
    "HeldOutErrors",
    "PhaseStyle",
    "bifurcation_diagram",
    "boundary_label",
    "cobweb",
    "coherence_drift",
    "describe_bifurcation_diagram",
    "describe_cobweb",
    "describe_coherence_drift",
    "describe_generalization_plot",
    "describe_loss_curve",
    "describe_lyapunov_plot",
    "describe_observed_strip",
    "describe_phase_diagram",
    "describe_phase_strip",
    "describe_sample_scales",
    "describe_sharpness_plot",
    "describe_training_curves",
    "generalization_plot",
    "held_out_errors",
    "loss_curve",
    "lyapunov_plot",
    "new_axes",
    "observed_strip",
    "phase_diagram",
    "phase_spans",
    "phase_strip",
    "sample_scales",
    "sharpness_plot",
    "show",
    "training_curves",
]
