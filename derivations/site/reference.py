"""Pages of the reference that code writes: every public name by topic, every command, the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

import click

import symphase
from symphase import strategies

# Topic: title, what it is about, the modules whose public names stand there.  A module without a topic stops the build.
TOPICS = {
    "models": (
        "Models and derivations",
        "From a loss to the map that gradient descent follows, in steps that can be checked.",
        ("models", "maps", "derivation", "steps", "formulas"),
    ),
    "boundaries": (
        "Phases and boundaries",
        "Where the phases of a family meet, as exact or certified numbers, and in which phase a step size lies.",
        ("thresholds", "boundaries", "minima", "phases", "placements", "onset", "theorems", "verification"),
    ),
    "numbers": (
        "Exact numbers and certainty",
        "Real algebraic numbers, the levels of certainty, and the errors.",
        ("algebraic", "enclosures", "errors", "processes"),
    ),
    "bifurcations": (
        "Cycles, bifurcations, certificates",
        "The polynomials of all bifurcations of a period, certified cycles, and proofs as files.",
        ("bifurcations", "cycles", "real_cycles", "certificates"),
    ),
    "chaos": (
        "Windows, chaos, entropy",
        "The complete list of stable windows; what is proved about chaos, entropy and exponents.",
        ("atlas", "windows", "itineraries", "kneading", "chaos", "entropy", "lyapunov", "landings"),
    ),
    "orbits": (
        "Orbits in floating point",
        "Fast orbits for figures and estimates. They illustrate and decide nothing.",
        ("orbits",),
    ),
    "data": (
        "Data and problems",
        "Tables of your own, the data that ship with symphase, and made designs.",
        ("tables", "analysis", "problems", "designs"),
    ),
    "training": (
        "Gradient descent itself",
        "Runs on the original loss, which know nothing of the derived map, and what is observed in them.",
        ("descent", "training", "observations", "transitions", "sharpness", "studies", "agreement"),
    ),
    "sweeps": (
        "Sweeps and stores",
        "Thousands of problems into one checksummed store, resumed wherever it stopped.",
        ("sweep_specs", "spec_reader", "sweeps", "stores", "locks"),
    ),
    "documents": (
        "Documents",
        "Reports, study pages, LaTeX, the explorer, the glossary, and what is installed.",
        (
            "reports",
            "study_page",
            "latex",
            "document",
            "explorer",
            "glossary",
            "references",
            "display",
            "doctor",
            "subjects",
        ),
    ),
    "testing": (
        "Testing",
        'For test suites of your own, from `symphase.strategies` (`pip install "symphase[hypothesis]"`).',
        ("strategies",),
    ),
}


def homes() -> dict[str, str]:
    """Return the module of each public name."""
    return {name: symphase._HOME[name] for name in symphase.__all__ if name in symphase._HOME}


def by_topic() -> dict[str, list[str]]:
    """Return the public names of each topic; an error names what has none."""
    places = {module.partition(".")[0]: topic for topic, (_, _, modules) in TOPICS.items() for module in modules}
    found: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for name, module in homes().items():
        topic = places.get(module.partition(".")[0])
        if topic is None:
            raise SystemExit(f"derivations/site/reference.py has no topic for symphase.{module}, where {name} lives")
        found[topic].append(name)
    return {topic: sorted(names, key=str.casefold) for topic, names in found.items() if names}


def pages() -> dict[str, str]:
    """Return the text of each page by its place in the sources."""
    written = {f"api/{topic}.md": _topic_page(topic, names) for topic, names in by_topic().items()}
    written["api/testing.md"] = _topic_page("testing", strategies.__all__, strategies)
    written["api/index.md"] = _api_index(by_topic())
    written["_commands.md"] = _commands_page()
    written["glossary.md"] = _glossary_page()
    return written


def _api_index(found: dict[str, list[str]]) -> str:
    lines = [
        "# Python reference",
        "",
        f"Every public name of symphase, {sum(map(len, found.values()))} of them, by topic.",
        "All are imported from the package itself: `from symphase import derive`; those for test suites",
        "([](testing.md)) from `symphase.strategies`.",
        "Other modules may change without notice.",
        "",
        "Each entry says under *Certainty* how sure its answer is: see [the levels](../explanation/certainty.md).",
        "The examples in the docstrings are run in CI (`.ci/checks doctests`).",
        "",
        "| topic | what it is about |",
        "|---|---|",
        *(f"| [{TOPICS[topic][0]}]({topic}.md) | {TOPICS[topic][1]} |" for topic in (*found, "testing")),
        "",
        "```{toctree}",
        ":hidden:",
        "",
        *found,
        "testing",
        "```",
        "",
    ]
    return "\n".join(lines)


def _topic_page(topic: str, names: list[str], home: ModuleType = symphase) -> str:
    title, about, _ = TOPICS[topic]
    lines = [f"# {title}", "", about, "", "```{eval-rst}", f".. currentmodule:: {home.__name__}", ""]
    lines += [".. autosummary::", "   :nosignatures:", "", *(f"   {name}" for name in names), ""]
    for name in names:
        lines += _entry(name, home)
    return "\n".join([*lines, "```", ""])


def _entry(name: str, home: ModuleType) -> list[str]:
    import enum
    import inspect

    value = getattr(home, name)
    if inspect.isclass(value):
        options = ["   :members:"]
        if issubclass(value, enum.Enum):
            options.append("   :undoc-members:")
        return [f".. autoclass:: {name}", *options, ""]
    if callable(value):
        return [f".. autofunction:: {name}", ""]
    return [f".. autodata:: {name}", ""]


# --- commands ---------------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Yield each command with its full name, groups first."""
    from symphase.cli import main

    yield from _walk("symphase", main, None)


def _walk(
    name: str, command: click.Command, above: click.Context | None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=above)
    yield name, command, context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None and not found.hidden:
                yield from _walk(f"{name} {child}", found, context)


def _commands_page() -> str:
    parts: list[str] = []
    for name, command, context in commands():
        level = "#" * min(2 + (name.count(" ") > 1), 4)
        heading = f"{level} {name}" if command is not context.find_root().command else "## The program"
        parts += [heading, "", "```text", _usage(command, context), "```", ""]
        parts += [*_help(command), *_options(command, context)]
    return "\n".join(parts)


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _help(command: click.Command) -> list[str]:
    """The help text: paragraphs as text, those with click's mark as they stand."""
    lines: list[str] = []
    text = re.sub(r"\f.*", "", (command.help or "").strip(), flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.lstrip().startswith("\b"):
            body = paragraph.lstrip().removeprefix("\b").strip("\n").split("\n")
            title = body[0].strip()
            inner = body[1:] if title.endswith(":") else body
            margin = min((len(line) - len(line.lstrip()) for line in inner if line.strip()), default=0)
            if title.endswith(":"):
                lines += [_markdown(title), ""]
            lines += ["```text", *(line[margin:].rstrip() for line in inner), "```", ""]
        else:
            lines += [_markdown(" ".join(paragraph.split())), ""]
    return lines


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]$|#{}])", r"\\\1", text)


def _options(command: click.Command, context: click.Context) -> list[str]:
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            rows.append(f"| `{record[0].replace('|', chr(92) + '|')}` | {_markdown(' '.join(record[1].split()))} |")
    return ["| option | meaning |", "|---|---|", *rows, ""] if rows else []


# --- glossary ---------------------------------------------------------------------------------------------------------


def _glossary_page() -> str:
    """Every term with its small example, whose numbers are first computed again by another route."""
    from symphase import Verdict
    from symphase.glossary import glossary

    terms = glossary()
    lines = [
        "# Glossary",
        "",
        f"The {len(terms)} words that matter here, for readers from either side, each after those that it needs.",
        "The numbers in the examples were computed, and computed again by another route, when this page was written.",
        "",
        " · ".join(f"[{name}](#{_anchor(name)})" for name in sorted((term.name for term in terms), key=str.casefold)),
        "",
    ]
    for term in terms:
        found = term.check()
        if found.verdict is not Verdict.PROVED:
            raise SystemExit(f"glossary: the example of {term.name} does not hold: {found}")
        lines += [f"({_anchor(term.name)})=", f"## {term.name}", "", _markdown(term.meaning), ""]
        lines += [f"*Example.* {_markdown(term.example)} [{term.certainty}]{{.level}}", ""]
    return "\n".join(lines)


def _anchor(name: str) -> str:
    return "term-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
