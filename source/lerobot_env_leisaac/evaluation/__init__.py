"""Run episodes, measure, report."""
