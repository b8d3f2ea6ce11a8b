# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Certified numbers for a proof
#
# You write a proof and need a number in it. "The computer printed 3.8284271" is no argument. What you need is: the
# number *is* this root of this polynomial, and here is something that anybody can check. This notebook makes such
# numbers.
#
# The example is the logistic map $x \mapsto r\,x(1-x)$ and the question: **at which $r$ is its cycle of period 3
# born?**

# %%
from sympy import Symbol

from symphase import PolynomialFamily, parse_formula

family = PolynomialFamily(parse_formula("r*x*(1-x)", ["r", "x"]), variable=Symbol("x"), parameter=Symbol("r"))
family

# %% [markdown]
# ## The exact number
#
# A cycle is born when its multiplier is 1. `bifurcation_polynomials` eliminates the cycle and leaves polynomials in
# $r$ alone.

# %%
from symphase import bifurcation_polynomials

births = bifurcation_polynomials(family, 3, multiplier=1, within=(3, 4))
births

# %%
(birth,) = births.roots
number = birth.value
number

# %% [markdown]
# It is a number that you can calculate with: it compares, without rounding, with any fraction and any other algebraic
# number. It has as many digits as you like, and each of them is proved.

# %%
print(number, "=", number.decimal(60))
print("larger than 3.8284?", number > "3.8284")
print("smaller than 3.82842712474619009761?", number < "3.82842712474619009761")

# %% [markdown]
# A float is the fraction that it stores. The nearest float to this number is not this number:

# %%
print("equal to its nearest float:", number == float(number))

# %% [markdown]
# ## A certificate
#
# A root of a polynomial might still belong to no real cycle. The certificate says which cycle it is, in boxes small
# enough that there can be only one, and that the bifurcation is not degenerate.

# %%
from symphase import certificate_for, read_certificate, write_certificate

assert birth.cycle is not None
certificate = certificate_for(birth.cycle, family=family, digits=40, root=number)
assert certificate is not None
path = write_certificate("birth.json", certificate)
certificate

# %% [markdown]
# Now forget all of that, and read the file as your referee would. The checker uses integers only and shares no code
# with the search.

# %%
check = read_certificate(path).check()
print(check.verdict, "-", check.message)

# %% [markdown]
# It is not fooled by a wrong number. Change one digit in the middle of the parameter, and the proof is refused. (The
# checksum is made new, so that it is the mathematics that refuses.)

# %%
from dataclasses import replace

right = certificate.parameter
assert right is not None
wrong = right[:20] + ("1" if right[20] != "1" else "2") + right[21:]
print(replace(certificate, parameter=wrong).check().verdict)

# %% [markdown]
# ## Chaos, with a theorem
#
# To say "chaotic" in a proof, say what you mean by it. Here it means *positive topological entropy*, and the answer
# names the theorem that it rests on.

# %%
from symphase import prove_chaos

prove_chaos(family, "3.84")

# %% [markdown]
# But at $r = 3.84$ a stable 3-cycle attracts almost every start. Both statements are true at once, and both are
# proved:

# %%
from symphase import attracting_cycle_verdict

attracting_cycle_verdict(family, "3.84")

# %%
from symphase import topological_entropy

topological_entropy(family, 4)

# %% [markdown]
# "Undecided" is an answer, too. Close to the onset of chaos there is a tiny interval in which nothing is claimed:

# %%
from symphase import BoundaryKind, find_boundaries

onset = find_boundaries(family).require(BoundaryKind.ONSET)
onset

# %% [markdown]
# A picture helps to see what was proved. At the birth the third iterate touches the diagonal; a little later, orbits
# run into the stable cycle.

# %%
from fractions import Fraction

from symphase.plots import cobweb, describe_cobweb, show

axes = cobweb(family, Fraction("3.835"), start=0.5, steps=60, within=(0.0, 1.0))
show(axes, describe_cobweb(family, Fraction("3.835"), start=0.5, steps=60))

# %% [markdown]
# ## Exercise
#
# 1. Where does the cycle of period 2 double, that is, have the multiplier −1? Give the number in radicals.
# 2. Certify it, and let the checker look at your file.
# 3. Prove or refute: at $r = 3.6$ there is an attracting cycle of period at most 16.

# %%
# Your turn. A start:
bifurcation_polynomials(family, 2, multiplier=-1, within=(3, 4))
