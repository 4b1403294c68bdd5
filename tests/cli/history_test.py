"""A real edit history, against a fold that is written here in a few lines."""

import gzip
import hashlib
import json
import os
import unittest

from support import SHARED, CliTest

HISTORY = os.path.join(SHARED, "data", "notes-history.jsonl.gz")
FOLDED_SHA256 = "6608342e152e6b14d28f1d39766a6e77bb244b0ef572b078f50cae3025f48640"


@unittest.skipUnless(os.path.exists(HISTORY), "the history is not there")
class HistoryTest(CliTest):
    def setUp(self):
        super().setUp()
        with gzip.open(HISTORY) as packed:
            self.text = packed.read()
        self.write("history.jsonl", self.text)

    def fold(self, device):
        """The last write of each cell: one device's times rise in the order of its lines."""
        state = {}
        for line in self.text.splitlines():
            event = json.loads(line)
            if event["device"] == device:
                state[event["entity"].encode(), event["attribute"].encode()] = event
        return "".join(
            json.dumps({m: state[cell][m] for m in ("attribute", "entity", "value")}, ensure_ascii=False,
                       separators=(",", ":"), sort_keys=True) + "\n" for cell in sorted(state)).encode()

    def test_all_lines_in_one_file_fold_to_the_known_state(self):
        file = self.new_file()
        summary = self.ok("import", file, "history.jsonl", "--historical").objects()[0]
        self.assertEqual(summary["changes"], 16_076)
        self.assertEqual(hashlib.sha256(self.state(file)).hexdigest(), FOLDED_SHA256)
        self.assertEqual(self.ok("verify", file).objects(), [{"ok": True, "events": 16_076, "cells": 6_104}])
        self.ok("rebuild", file)
        self.assertEqual(hashlib.sha256(self.state(file)).hexdigest(), FOLDED_SHA256)

    def test_a_device_takes_its_own_lines(self):
        for device in ("d024", "d001"):
            file = self.new_file(device, node=f"{int(device[1:]):016x}")
            summary = self.ok("import", file, "history.jsonl", "--historical", "--device", device).objects()[0]
            self.assertEqual(summary["changes"] + summary["skipped"], 16_076)
            self.assertEqual(self.state(file), self.fold(device))
            self.assertGreater(summary["changes"], 0)
