"""Reports: a folder with a page to read, its numbers, proofs and papers, about data, a map or a sweep.

``data``, ``maps`` and ``sweeps`` write one kind each; ``data_page``, ``map_page`` and ``sweep_page`` are their pages,
made of ``answers`` (the first screen), ``chapters``, ``pictures``, ``proof_chapters`` and the ``appendix``; ``files``
and ``pdf`` make what lies beside them, ``schemas`` says what the JSON files hold.
"""

from symphase.reports.data import Report, write_report
from symphase.reports.maps import MapReport, write_map_report
from symphase.reports.sweeps import SweepReport, write_sweep_report

__all__ = ["MapReport", "Report", "SweepReport", "write_map_report", "write_report", "write_sweep_report"]
