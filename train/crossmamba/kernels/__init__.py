"""Fast forms of the inner part of CrossMamba, each held against `crossmamba.scan.inner_reference`."""
