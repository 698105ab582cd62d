"""Files that were mutated: they load or are a Mistake, and what loads can be saved and loaded again."""

import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.project.archive import load, save
from tests.core.project.making import a_project, an_archive, content, rezipped

EXAMPLES = 300


@cache
def original() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return an_archive(a_project(), Path(folder))


@cache
def entries() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(original())) as file:
        return {name: file.read(name) for name in file.namelist()}


def check(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder, "a.downhill"), Path(folder, "b.downhill")
        path.write_bytes(data)
        try:
            project = load(path)
        except Mistake as mistake:
            sentence = str(mistake)
        else:
            save(project, again)
            assert content(load(again)) == content(project)
            return
    assert sentence.startswith("a.downhill: ")
    assert len(sentence) < 500
    assert sentence.isprintable()


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the data with some bits flipped, bytes overwritten, inserted, repeated or cut out, or its end cut off."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, max(0, len(changed) - 1)))
        end = place + draw(st.integers(0, 30))
        match draw(st.sampled_from(["flip", "write", "insert", "repeat", "cut", "end"])):
            case "flip" if changed:
                changed[place] ^= 1 << draw(st.integers(0, 7))
            case "write":
                changed[place:end] = draw(st.binary(min_size=0, max_size=end - place))
            case "insert":
                changed[place:place] = draw(st.binary(min_size=1, max_size=20))
            case "repeat":
                changed[place:place] = changed[place:end]
            case "cut":
                del changed[place:end]
            case "end":
                del changed[place:]
    return bytes(changed)


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_bytes(data: st.DataObject) -> None:
    check(data.draw(mutated(original())))


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_ends_where_the_directory_lies(data: st.DataObject) -> None:
    start = original().index(b"PK\1\2")
    check(original()[:start] + data.draw(mutated(original()[start:])))


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_entries_in_an_archive_that_is_whole(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(entries())))
    check(rezipped(original(), {name: data.draw(mutated(entries()[name]))}))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([10**400, 1e308, -1, 0, 2**63])
    | st.text(max_size=5)
    | st.sampled_from(["NaN", "adam", "sgd", "points", "spiral", "given", "dense", "all", "classes", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("kind"), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=EXAMPLES)
def test_mutated_json_in_an_archive_that_is_whole(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in sorted(entries()) if name.endswith(".json")]))
    plain = json.loads(entries()[name])
    for _ in range(data.draw(st.integers(1, 3))):
        _mutate(plain, data)
    check(rezipped(original(), {name: json.dumps(plain).encode()}))


def _mutate(plain: Any, data: st.DataObject) -> None:
    """Change, remove or add something somewhere in plain data."""
    here = plain
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        if isinstance(here[place], dict | list) and data.draw(st.integers(0, 4)):
            here = here[place]
            continue
        match data.draw(st.sampled_from(["change", "remove", "add"])):
            case "change":
                here[place] = data.draw(JSON)
            case "remove":
                del here[place]
            case "add" if isinstance(here, list):
                here.append(data.draw(JSON))
            case "add":
                here[data.draw(st.text(max_size=5))] = data.draw(JSON)
        return
