"""The report on paper: the document of core.report as a PDF. Made in a process of its own, for text takes its time."""
