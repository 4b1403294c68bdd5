"""tidemark-peer plays its roles: without other engines, each ends in the last write of each cell."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest


def play(role, said=None, **arguments):
    done = subprocess.run([os.environ["TIDEMARK_PEER_BIN"], role, json.dumps(arguments)], input=said, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answers = {}
    for line in done.stdout.splitlines():
        answers.update(json.loads(line))
    return answers


def state(path):
    cells = [json.loads(line) for line in path.read_text().splitlines()]
    return {(entity, attribute): value for entity, attribute, value in cells}


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.workload = self.folder / "workload.jsonl"
        values = [7, True, "text", False, "another", -1]
        self.events = [
            {"device": i % 4, "ms": 1_767_225_600_000 + i, "entity": f"note-{i % 5}", "attribute": f"a{i % 3}",
             "value": values[i % 6]} for i in range(400)
        ]
        self.workload.write_text("".join(json.dumps(event) + "\n" for event in self.events))
        self.expected = {(event["entity"], event["attribute"]): event["value"] for event in self.events}

    def arguments(self, name, **more):
        return {"workload": str(self.workload), "folder": str(self.folder / name), "state": str(self.folder / "state"), **more}

    def test_edits_one_by_one_and_in_bulk_come_to_the_same(self):
        self.assertEqual(play("edit", **self.arguments("edit", cap_s=30))["edits"], len(self.events))
        self.assertEqual(state(self.folder / "state"), self.expected)
        play("bulk", **self.arguments("bulk", per=100))
        self.assertEqual(state(self.folder / "state"), self.expected)

    def test_what_other_devices_exported_merges_into_what_is_there(self):
        arguments = self.arguments("merge", exports=str(self.folder / "exports"), first=100)
        self.assertGreater(play("prepare", **arguments)["bytes"], 0)
        play("merge", **arguments)
        self.assertEqual(state(self.folder / "state"), self.expected)

    def test_an_unknown_role_fails(self):
        done = subprocess.run([os.environ["TIDEMARK_PEER_BIN"], "nobody", "{}"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("Error: "))


if __name__ == "__main__":
    unittest.main()
