"""A report as one HTML file: it needs no network, no script and no font of its own, and prints on A4."""

import re
from collections.abc import Iterator
from html import escape

from core.report.blocks import Block, Code, Facts, Items, Picture, Report, Section, Table, Text

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9ecf1; color: #1a1f29;
  font: 15px/1.5 Inter, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 794px; margin: 24px auto; padding: 48px 64px 56px; background: #fff; }
h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.2; }
h2 { margin: 40px 0 12px; padding-top: 12px; border-top: 1px solid #dce0e8; font-size: 19px; line-height: 1.3; }
p { margin: 8px 0; max-width: 68ch; overflow-wrap: anywhere; }
.below, figcaption, caption, nav, footer { color: #566072; font-size: 13px; }
nav a { color: #5b45d6; text-decoration: none; margin-right: 12px; white-space: nowrap; }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 2px solid #5b45d6; outline-offset: 1px; }
.note { padding: 8px 12px; border-left: 3px solid #855300; background: #fdf1d8; }
ul { margin: 8px 0; padding-left: 20px; max-width: 68ch; }
li { margin: 4px 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(120px, 24%) 1fr; margin: 12px 0; }
dt, dd { margin: 0; padding: 5px 12px 5px 0; border-bottom: 1px solid #eceff4; overflow-wrap: anywhere; }
dt { color: #566072; }
.wide { margin: 16px 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; min-width: 60%; }
caption { caption-side: bottom; padding-top: 6px; text-align: left; }
th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid #eceff4; text-align: left; vertical-align: top; }
td:first-child { min-width: 10ch; }
th { border-bottom: 1px solid #7f899a; color: #566072; font-weight: 600; vertical-align: bottom; }
.n { text-align: right; }
td.n { white-space: nowrap; }
.best { color: #0b7350; font-weight: 700; }
figure { margin: 20px 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: 6px; max-width: 68ch; }
pre { margin: 8px 0; padding: 10px 12px; background: #f3f5f8; border: 1px solid #dce0e8; border-radius: 6px;
  font: 12px/1.45 Consolas, Menlo, "DejaVu Sans Mono", monospace; overflow-x: auto; }
footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid #dce0e8; }
@page { size: A4; margin: 18mm 17mm; }
@media print {
  body { background: none; font-size: 10pt; }
  main { max-width: none; margin: 0; padding: 0; }
  nav { display: none; }
  h1 { font-size: 20pt; } h2 { font-size: 13pt; margin-top: 8mm; break-after: avoid; }
  figure, tr, dt, dd, li, .note { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; } table { font-size: 8.5pt; }
  pre { font-size: 7.5pt; white-space: pre-wrap; overflow-wrap: anywhere; overflow: visible; }
}
"""
_IDS = re.compile(r'(\bid="|href="#|url\(#)')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)


def html(report: Report) -> str:
    """Return the file."""
    links = "\n".join(f'<a href="#{section.name}">{escape(section.title)}</a>' for section in report.sections)
    body = "\n".join(_section(section) for section in report.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(report.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>{escape(report.title)}</h1>
<p class="below">{escape(report.below)}</p>
<nav aria-label="Chapters">
{links}
</nav>
</header>
{body}
<footer>{escape(report.below)}</footer>
</main>
</body>
</html>
"""


def _section(section: Section) -> str:
    blocks = "\n".join(line for block in section.blocks for line in _block(block))
    return f'<section id="{section.name}">\n<h2>{escape(section.title)}</h2>\n{blocks}\n</section>'


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Text):
        opening = '<p class="note">' if block.note else "<p>"
        yield f"{opening}{_lines(block.text)}</p>"
    elif isinstance(block, Facts):
        yield "<dl>"
        yield from (f"<dt>{escape(name)}</dt><dd>{_lines(text)}</dd>" for name, text in block.rows)
        yield "</dl>"
    elif isinstance(block, Items):
        yield "<ul>"
        yield from (f"<li>{_lines(item)}</li>" for item in block.items)
        yield "</ul>"
    elif isinstance(block, Code):
        if block.caption:
            yield f'<p class="below">{escape(block.caption)}</p>'
        yield f"<pre>{escape(block.text.rstrip())}</pre>"
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        yield from _picture(block)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>'
    if table.caption:
        yield f"<caption>{escape(table.caption)}</caption>"
    heads = (_cell("th", text, "n" if at in table.numbers else "") for at, text in enumerate(table.head))
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for row, cells in enumerate(table.rows):
        classes = [
            " ".join(["n"] * (at in table.numbers) + ["best"] * ((row, at) in table.best)) for at in range(len(cells))
        ]
        yield f"<tr>{''.join(_cell('td', text, of) for text, of in zip(cells, classes, strict=True))}</tr>"
    yield "</tbody></table></div>"


def _cell(kind: str, text: str, classes: str) -> str:
    scope = ' scope="col"' if kind == "th" else ""
    of = f' class="{classes}"' if classes else ""
    return f"<{kind}{scope}{of}>{escape(text)}</{kind}>"


def _picture(picture: Picture) -> Iterator[str]:
    yield "<figure>"
    yield inline(picture)
    yield f"<figcaption>{escape(picture.caption)}</figcaption>"
    yield "</figure>"


def inline(picture: Picture) -> str:
    """Return the drawing as it stands within HTML: with names of its own, and without what only a file needs."""
    opening, rest = _METADATA.sub("", picture.svg[picture.svg.index("<svg") :]).split(">", 1)
    named = _IDS.sub(lambda found: f"{found[1]}{picture.name}-", rest)
    return f'{opening} role="img" aria-label="{escape(picture.alt)}">{named}'.rstrip()
