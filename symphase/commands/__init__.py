"""The commands, one module for each family of them, and what they share; :mod:`symphase.cli` puts them together.

``console`` prints, ``subjects`` reads a model, a loss or a map from options, ``problems`` reads a laboratory's problem.
"""
