import json
from pathlib import Path

import pytest
from attrs import evolve

from assure import __main__ as program
from assure.judging import Result, State, judged
from assure.keeping import Overlap, joined, keep, kept
from assure.machine import Machine, this_machine
from assure.measures import BadTable, Goal, Measure, read_measures
from assure.reading import (
    Unreadable,
    counted_tests,
    figure_at,
    figures_printed,
    last_document,
    results_of_tests,
)
from assure.report import as_document, as_text, lines_of_run, lines_of_whole
from assure.running import RESULTS, Stand, begin, take
from outside import REPOSITORY

MACHINE = Machine(
    cpu="a processor", cores=2, memory_gib=4.0, python="3.11.9", kernel="Linux 6.1", system="Debian"
)
TABLE = """
[[measure]]
id = "cuts"
title = "Lost | doubled"
anchor = "promise 5; R1"
shown = "{lost} of {cycles} lost"
goals = ["lost == 0", "cycles >= 1_000"]
span = "cycles"
limits = "One machine."
[measure.figures]
lost = { at = "lost", join = "sum" }
cycles = { at = "cycles", join = "sum" }
[measure.quick]
command = ["sh", "-c", 'echo "{{\\"lost\\": 0, \\"cycles\\": 3, \\"at\\": {seed}}}"']
goals = ["lost == 0", "cycles >= 3"]
[measure.soak]
command = ["sh", "-c", "true"]
"""


def table(tmp_path: Path, text: str = TABLE) -> Measure:
    """Write a table and read its one measure."""
    path = tmp_path / "measures.toml"
    path.write_text(text)
    (one,) = read_measures(path)
    return one


def stand(folder: Path, tier: str = "quick") -> Stand:
    """Return where, when and of what a run is."""
    return Stand(
        repository=folder, tier=tier, seed=7, commit="abc", date="2026-11-22", machine=MACHINE
    )


def result(seed: int, *, lost: float = 0, cycles: float = 500) -> Result:
    """Return one slice of a long run."""
    return Result(
        measure="cuts",
        tier="soak",
        seed=seed,
        commit="abc",
        date="2026-11-22",
        machine=MACHINE,
        seconds=1.0,
        command=("x",),
        figures={"lost": lost, "cycles": cycles},
    )


def test_every_measure_of_the_house_can_be_judged() -> None:
    """Ids, goals, figures and tiers of the table fit; nothing that times runs beside the tests."""
    measures = read_measures()

    assert len(measures) >= 10
    assert [one.id for one in measures if one.alone and "ci" in one.runs] == []
    assert all(one.anchor and one.goals for one in measures)
    for one in measures:
        for run in one.runs.values():
            programs = [word for word in run.command if word.endswith(".py")]
            missing = [word for word in programs if not (REPOSITORY / word).exists()]
            missing += [path for path in run.tests if not (REPOSITORY / path).exists()]
            assert missing == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"lost == 0", "cycles >= 1_000"', '"lost is 0"'),
        ('"lost == 0", "cycles >= 1_000"', '"other == 0"'),
        ('"lost == 0", "cycles >= 1_000"', ""),
        ('"lost == 0", "cycles >= 3"', ""),
        ('anchor = "promise 5; R1"', 'anchor = ""'),
        ('join = "sum"', 'join = "best"'),
        ('limits = "One machine."', 'colour = "red"'),
        ('command = ["sh", "-c", "true"]', 'command = ["true"]\ntests = ["tests"]'),
    ],
)
def test_a_measure_that_could_not_be_judged_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """Without goal, anchor, known figures, a known way to join, or with two ways to be taken."""
    assert old in TABLE

    with pytest.raises(BadTable):
        table(tmp_path, TABLE.replace(old, new))


def test_an_id_stands_once(tmp_path: Path) -> None:
    """Two measures of one name would hide each other."""
    with pytest.raises(BadTable):
        table(tmp_path, TABLE + TABLE)


def test_a_figure_is_found_by_its_path() -> None:
    """Members, how many rows, how many of them are true, their sum, their largest and least."""
    document = {
        "seeds": 5,
        "clean": True,
        "bugs": [{"found": True, "median": 3}, {"found": False, "median": 9}],
        "rooms": {"a": {"score": 90}, "b": {"score": 86.5}},
    }

    assert figure_at(document, "seeds") == 5
    assert figure_at(document, "clean") == 1
    assert figure_at(document, "bugs.#") == 2
    assert figure_at(document, "bugs.#found") == 1
    assert figure_at(document, "bugs.!found") == 1
    assert figure_at(document, "bugs.+median") == 12
    assert figure_at(document, "bugs.^median") == 9
    assert figure_at({"calls": {"fsync": 3, "open": 4}}, "calls.+") == 7
    assert figure_at(document, "rooms.*._score") == 86.5
    assert figure_at([{}, {}], "#") == 2
    assert figure_at([{"rows": [{"why": ""}]}], "0.rows.!why") == 1


@pytest.mark.parametrize(
    "path", ["lost", "bugs.#found", "none.^median", "bugs", "worded.^n", "worded.+n", "worded.+"]
)
def test_a_figure_that_is_not_there_is_no_zero(path: str) -> None:
    """What a program did not say is not read as nothing wrong."""
    document = {"bugs": [{"found": True}, {}], "none": [], "worded": [{"n": "x"}]}

    with pytest.raises(Unreadable):
        figure_at(document, path)


def test_words_are_read_by_a_pattern(tmp_path: Path) -> None:
    """A program that prints lines is read as well; all that it says of one thing is added up."""
    text = TABLE.replace('at = "lost"', "at = '/lost ([0-9,]+)/'")
    measure = table(tmp_path, text)
    printed = 'lost 1,000\nlost 2\n{"cycles": 4}'

    assert figures_printed(printed, measure.figures) == {"lost": 1002, "cycles": 4}
    with pytest.raises(Unreadable):
        figures_printed('{"cycles": 4}', measure.figures)
    every = table(tmp_path, text.replace('at = "cycles"', "at = '/of (\\d+)/'"))
    assert figures_printed("lost 1 of 9", every.figures) == {"lost": 1, "cycles": 9}


def test_the_document_of_an_output_is_its_last_object() -> None:
    """Progress may stand before it; no document at all is told."""
    assert last_document('[{"a": 1}]') == [{"a": 1}]
    assert last_document('{"a": 1}\n{oops\nwords') == {"a": 1}
    with pytest.raises(Unreadable):
        last_document("words\n{oops")


def test_goals_are_compared_as_they_say() -> None:
    """Equal, at least, at most; a missing figure meets nothing."""
    figures = {"n": 5.0}

    for compare, value, is_met in [
        *(("==", 5.0, True), ("==", 4.0, False), (">=", 5.0, True), (">=", 6.0, False)),
        *(("<=", 5.0, True), ("<=", 4.0, False)),
    ]:
        assert Goal(figure="n", compare=compare, value=value).is_met(figures) is is_met
    assert not Goal(figure="m", compare="<=", value=4).is_met(figures)
    assert Goal(figure="p99_s", compare="<=", value=1.5).text == "p99 s ≤ 1.5"


def test_nothing_that_failed_is_met() -> None:
    """Good figures of a program that ended badly are MISSED; no figures are NOT RUN."""
    goals = [Goal(figure="lost", compare="==", value=0)]

    assert judged(goals, {"lost": 0}, "") is State.MET
    assert judged(goals, {"lost": 0}, "ended with 1") is State.MISSED
    assert judged(goals, {"lost": 1}, "") is State.MISSED
    assert judged(goals, {}, "not there") is State.NOT_RUN


def test_a_measure_is_taken_by_its_program(tmp_path: Path) -> None:
    """Its JSON gives the figures, and the line of the report says what they are worth."""
    measure = table(tmp_path)

    (one,) = take([measure], stand(tmp_path))
    (line,) = lines_of_run([measure], [one])

    assert (one.figures, one.reason) == ({"lost": 0, "cycles": 3}, "")
    assert (line.state, line.value) == (State.MET, "0 of 3 lost")


@pytest.mark.parametrize(
    ("command", "state", "reason"),
    [
        ('["no-such-program"]', State.NOT_RUN, "no-such-program"),
        ('["sh", "-c", "echo why /a/b/c >&2; exit 3"]', State.NOT_RUN, "ended with 3: why c"),
        ('["sh", "-c", "echo words"]', State.NOT_RUN, "no JSON"),
        ('["sh", "-c", "sleep 9"]\nseconds = 0', State.NOT_RUN, "not done after 0 s"),
        (
            """["sh", "-c", 'echo "{{\\"lost\\": 0, \\"cycles\\": 3}}"; exit 1']""",
            State.MISSED,
            "ended with 1",
        ),
    ],
)
def test_what_stops_a_measure_is_its_reason(
    tmp_path: Path, command: str, state: State, reason: str
) -> None:
    """A program that is missing, fails, says nothing or takes too long is never a good result."""
    at = TABLE.index("[measure.quick]\ncommand = ")
    end = TABLE.index("\ngoals", at)
    measure = table(tmp_path, f"{TABLE[:at]}[measure.quick]\ncommand = {command}{TABLE[end:]}")
    measure = evolve(measure, alone=True)

    (one,) = take([measure], stand(tmp_path))
    (line,) = lines_of_run([measure], [one])

    assert line.state is state
    assert reason in line.reason


def counting(tmp_path: Path) -> Measure:
    """Return a measure that counts tests."""
    at = TABLE.index("[measure.quick]")
    text = TABLE[:at].replace('"lost"', '"failed"').replace('at = "cycles"', 'at = "tests"')
    return table(tmp_path, text + '[measure.ci]\ntests = ["tests/a", "tests/b/test_c.py"]\n')


JUNIT = """<testsuites><testsuite>
<testcase classname="tests.a.test_x" name="one"/>
<testcase classname="tests.a.test_x" name="two"><failure>no</failure></testcase>
<testcase classname="tests.b.test_c" name="three"><skipped/></testcase>
<testcase classname="tests.b.test_cd" name="four"><error/></testcase>
</testsuite></testsuites>"""


def test_results_of_the_test_run_are_counted(tmp_path: Path) -> None:
    """Below a folder or of a file, not of one that is called alike; failures and skips apart."""
    (tmp_path / "x.xml").write_text(JUNIT)
    results = results_of_tests(tmp_path)

    assert counted_tests(results, ["tests/a"]) == {"tests": 2, "failed": 1, "skipped": 0}
    assert counted_tests(results, ["tests/b/test_c.py"]) == {
        "tests": 1,
        "failed": 0,
        "skipped": 1,
    }
    assert counted_tests(results, ["tests/b"])["failed"] == 1
    with pytest.raises(Unreadable):
        counted_tests(results, ["tests/a", "tests/c"])
    with pytest.raises(Unreadable):
        results_of_tests(tmp_path / "none")


def test_tests_of_another_commit_count_for_nothing(tmp_path: Path) -> None:
    """Only the run that ./do test has just made is counted; begin forgets the one before."""
    measure, here = counting(tmp_path), stand(tmp_path, "ci")
    begin(tmp_path)
    folder = tmp_path / RESULTS
    (folder / "x.xml").write_text(JUNIT)

    (other,) = take([measure], here)
    (own,) = take([measure], evolve(here, commit="unknown"))
    begin(tmp_path)
    (none,) = take([measure], evolve(here, commit="unknown"))

    assert (other.figures, other.reason) == ({}, "the last test run was not of this commit")
    assert own.figures == {"lost": 1, "cycles": 3}
    assert none.figures == {}


def test_slices_are_kept_and_joined(tmp_path: Path) -> None:
    """Each keeps its own commit, date and machine; the same seed counts once."""
    measure = table(tmp_path)
    folder = tmp_path / "results"
    for one in (result(0), result(500, cycles=700), result(500)):
        keep(one, folder)

    found = kept(folder)
    (line,) = lines_of_whole([measure], found)

    assert found == [result(0), result(500)]
    assert (line.state, line.figures) == (State.MET, {"lost": 0, "cycles": 1000})
    assert joined(measure, []) == {}


def test_a_seed_is_not_counted_twice(tmp_path: Path) -> None:
    """Slices that overlap are refused: they would make one seed two."""
    with pytest.raises(Overlap):
        joined(table(tmp_path), [result(0), result(499)])


@pytest.mark.parametrize(
    ("how", "value"), [("sum", 1700), ("max", 1200), ("min", 500), ("same", 500)]
)
def test_figures_are_joined_as_the_table_says(tmp_path: Path, how: str, value: float) -> None:
    """Sums, extremes; and of what should be the same everywhere the least."""
    text = TABLE.replace('cycles", join = "sum"', f'cycles", join = "{how}"')
    measure = evolve(table(tmp_path, text), span="")

    assert joined(measure, [result(0), result(1, cycles=1200)])["cycles"] == value


def test_a_long_run_that_nobody_made_is_shown_as_such(tmp_path: Path) -> None:
    """NOT RUN with its reason, a missed goal as MISSED; neither is left out."""
    measure = table(tmp_path)
    none = lines_of_whole([measure], [])
    missed = lines_of_whole([measure], [result(0, lost=1, cycles=1000)])

    text = as_text(stand(tmp_path), [], [*none, *missed])

    assert "| no long run is kept | lost = 0, cycles ≥ 1,000 | **NOT RUN** |" in text
    assert "| 1 of 1,000 lost | lost = 0, cycles ≥ 1,000 | **MISSED** |" in text
    assert "Lost \\| doubled" in text


def test_an_aim_is_told_and_fails_nothing(tmp_path: Path) -> None:
    """Beyond the goal: reached or not, in words; the goal alone decides."""
    measure = table(
        tmp_path, TABLE.replace("goals = [", 'aims = ["cycles >= 2_000"]\ngoals = [', 1)
    )

    (line,) = lines_of_whole([measure], [result(0, cycles=1500)])
    (more,) = lines_of_whole([measure], [result(0, cycles=2500)])

    assert (line.state, more.state) == (State.MET, State.MET)
    assert line.goal == "lost = 0, cycles ≥ 1,000; aim: cycles ≥ 2,000 (not reached)"
    assert more.goal.endswith("(reached)")


def test_the_report_for_programs_says_the_same(tmp_path: Path) -> None:
    """Measure, value, goal, anchor, seed, commit, machine: each is in the document."""
    measure = table(tmp_path)
    lines = lines_of_run([measure], take([measure], stand(tmp_path)))

    document = json.loads(json.dumps(as_document(stand(tmp_path), lines, [])))
    text = as_text(stand(tmp_path), lines, [])

    (line,) = document["run"]
    assert (line["value"], line["goal"]) == ("0 of 3 lost", ["lost = 0", "cycles ≥ 3"])
    assert (line["anchor"], line["state"]) == ("promise 5; R1", "MET")
    assert (document["seed"], document["commit"]) == (7, "abc")
    assert document["machine"]["cpu"] == "a processor"
    assert "| **MET** | promise 5; R1 |" in text
    assert "2 cores of a processor, 4 GiB, Python 3.11.9, Linux 6.1, Debian." in text


def test_a_machine_is_told_without_its_name() -> None:
    """Processor, cores, memory, Python, kernel and system; no host name."""
    here = this_machine()

    assert here.cores >= 1
    assert here.memory_gib > 0
    assert here.cpu
    assert here.python.startswith("3.")
    assert here.kernel.split()[0] == "Linux"


def test_the_exit_code_tells_of_every_goal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 where all that was asked for is met, 1 where one is missed or did not run."""
    measure = table(tmp_path)
    monkeypatch.setattr(program, "read_measures", lambda: (measure,))
    monkeypatch.setattr(program, "REPOSITORY", tmp_path)
    monkeypatch.setattr(program, "KEPT", tmp_path / "kept")

    good = program.main(["quick"])
    bad = program.main(["soak"])
    unknown = program.main(["report"])
    keep(result(0, cycles=1000), tmp_path / "kept")
    known = program.main(["report", "--publish"])

    assert (good, bad, unknown, known) == (0, 1, 1, 0)
    assert (tmp_path / ".cache" / "assure" / "ASSURANCE.md").exists()
    assert (tmp_path / "ASSURANCE.md").read_text().count("**MET**") == 1
    assert "1 of 1 goals met" in capsys.readouterr().out


def test_a_share_follows_from_what_was_counted(tmp_path: Path) -> None:
    """Of all slices together, not the mean of theirs; of nothing there is no share."""
    share = 'cycles = { at = "cycles", join = "sum" }\nworst = { share = ["lost", "cycles"] }'
    text = TABLE.replace('cycles = { at = "cycles", join = "sum" }', share)
    measure = evolve(table(tmp_path, text), span="")

    found = joined(measure, [result(0, lost=1, cycles=10), result(1, lost=5, cycles=90)])

    assert found["worst"] == 6
    assert "worst" not in measure.whole({"lost": 0, "cycles": 0})


def test_a_program_may_write_its_figures_into_a_file(tmp_path: Path) -> None:
    """Into the folder that it is given; what it prints besides is for people."""
    echo = """echo "{{\\"lost\\": 0, \\"cycles\\": 9}}" > {folder}/figures.json"""
    command = f"""command = ["sh", "-c", '{echo}']"""
    at = TABLE.index("command = ")
    measure = table(tmp_path, TABLE[:at] + command + TABLE[TABLE.index("\ngoals", at) :])

    (one,) = take([measure], stand(tmp_path))

    assert one.figures == {"lost": 0, "cycles": 9}


def test_what_was_run_alone_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document a line, or one; with its seed, its commit or the one that is said."""
    measure = table(tmp_path)
    monkeypatch.setattr(program, "read_measures", lambda: (measure,))
    monkeypatch.setattr(program, "KEPT", tmp_path / "kept")
    lines, one = tmp_path / "lines", tmp_path / "one"
    lines.write_text(
        '{"lost": 0, "cycles": 5, "seed": 0, "seconds": 2.5}\n'
        '{"lost": 0, "cycles": 6, "seed": 5, "commit": "0123456789abcdef"}\n'
    )
    one.write_text('{\n "lost": 0,\n "cycles": 7,\n "seed": 11\n}\n')
    said = ["add", "--only", "cuts", "--commit", "abc", "--file"]

    assert program.main([*said, str(lines)]) == program.main([*said, str(one)]) == 0
    found = kept(tmp_path / "kept")
    assert {(one.seed, one.commit, one.figures["cycles"]) for one in found} == {
        *((0, "abc", 5), (5, "0123456789ab", 6), (11, "abc", 7)),
    }
    with pytest.raises(SystemExit):
        program.main(["add", "--only", "cuts"])


def test_what_is_kept_is_a_long_run_with_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that gave nothing is not kept, and short runs are not slices of long ones."""
    command = """command = ["sh", "-c", 'echo "{{\\"lost\\": 0, \\"cycles\\": 900}}"']"""
    measure = table(tmp_path, TABLE.replace('command = ["sh", "-c", "true"]', command))
    monkeypatch.setattr(program, "read_measures", lambda: (measure,))
    monkeypatch.setattr(program, "REPOSITORY", tmp_path)
    monkeypatch.setattr(program, "KEPT", tmp_path / "kept")

    code = program.main(["soak", "--seed", "40", "--keep"])
    with pytest.raises(SystemExit):
        program.main(["quick", "--keep"])

    assert code == 1
    assert [one.figures["cycles"] for one in kept(tmp_path / "kept")] == [900]
    assert "0 of 900 lost" in capsys.readouterr().out


def test_begin_notes_the_commit_that_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """./do test calls it first; outside of a repository the commit is unknown."""
    monkeypatch.setattr(program, "REPOSITORY", tmp_path)

    assert program.main(["begin"]) == 0
    assert (tmp_path / RESULTS / "commit").read_text() == "unknown\n"
