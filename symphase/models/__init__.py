"""Quadratic regression models: exact SymPy losses, and the same losses as batched NumPy.

Every model predicts through projections p = xᵀw of its weights on a feature row x, and has the loss

    L(w) = (λ/n) Σᵢ (g(w; xᵢ) − yᵢ)²        (λ = ``loss_weight``; n samples)

or, with ``reduction="sum"``, the same without 1/n.

The symbolic side describes the part of one sample, through its projections; the numeric side evaluates the whole
loss.  The two share nothing but the definition: the numeric gradient is the formula of the original loss, so that a
simulation is evidence for the reduction to one variable and no restatement of it.

To add a model, subclass :class:`Model` and write ``prediction``, ``coordinates``, ``parameters``, ``scale``,
``reduction_conditions``, ``weight_shape``, ``respond``, ``slope`` and ``bend``.  Laws: ``gradient`` is that of
``loss``; ``slope`` is the derivative of ``respond`` and ``bend`` that of ``slope``; ``scale`` is half of step size ×
sharpness at an interpolating minimum.  :func:`symphase.strategies.check_derivation` tests these laws.
"""

from symphase.models.losses import PolynomialLoss, SquaredResidual
from symphase.models.model import SYMBOLS, Model, QuadraticForm, SymbolTable
from symphase.models.network import TwoLayerNetwork
from symphase.models.retrieval import PhaseRetrieval
from symphase.models.weights import OneWeight, PolynomialModel

__all__ = [
    "SYMBOLS",
    "Model",
    "OneWeight",
    "PhaseRetrieval",
    "PolynomialLoss",
    "PolynomialModel",
    "QuadraticForm",
    "SquaredResidual",
    "SymbolTable",
    "TwoLayerNetwork",
]
