"""Property-based testing with exact phases: Hypothesis strategies, and laws for your own models and training loops.

Strategies draw models, polynomial families, exact parameters and step sizes inside a requested phase or at a requested
distance from a boundary, real algebraic numbers, data sets whose samples lie in chosen phases, starts and runs.  They
compose like any others: with ``map``, ``filter``, ``flatmap`` and ``st.data()``, and with strategies as arguments.

The ``check_`` functions are tests as they stand.  They draw their cases, shrink what fails, and raise
:class:`LawBroken`, an AssertionError that holds the case in full.  Inside a property of your own Hypothesis asks for
``suppress_health_check=[HealthCheck.nested_given]`` in the settings of that one.

Needs Hypothesis: ``pip install "symphase[hypothesis]"``.  Nothing else of symphase loads it.

Examples
--------
>>> from hypothesis import given, settings
>>> from symphase import OneWeight, Phase, classify
>>> from symphase.strategies import step_sizes
>>> @settings(max_examples=20, derandomize=True, deadline=None, database=None)
... @given(step_sizes(OneWeight(), target=2, phase=Phase.CATAPULT))
... def test_catapults(step_size):
...     assert classify(2 * step_size).phase is Phase.CATAPULT
>>> test_catapults()
"""

try:
    from symphase.strategies.data import PlacedProblem, generic_data, orthogonal_data, starts, trajectories
    from symphase.strategies.laws import (
        Checked,
        LawBroken,
        check_boundaries,
        check_conjugacy,
        check_derivation,
        check_phase_agreement,
    )
    from symphase.strategies.models import models, polynomial_families, quadratic_forms, squared_residuals
    from symphase.strategies.rationals import real_algebraic_numbers
    from symphase.strategies.regions import parameters, step_sizes
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "hypothesis":
        raise
    from symphase.errors import missing_package

    raise missing_package("symphase.strategies", "hypothesis", "hypothesis") from None

__all__ = [
    "Checked",
    "LawBroken",
    "PlacedProblem",
    "check_boundaries",
    "check_conjugacy",
    "check_derivation",
    "check_phase_agreement",
    "generic_data",
    "models",
    "orthogonal_data",
    "parameters",
    "polynomial_families",
    "quadratic_forms",
    "real_algebraic_numbers",
    "squared_residuals",
    "starts",
    "step_sizes",
    "trajectories",
]
