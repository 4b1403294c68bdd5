"""The drawings of timeline and graph: well-formed, nothing clipped, where they go."""

import os
import unicodedata
import xml.etree.ElementTree

from support import CliTest

SVG = "{http://www.w3.org/2000/svg}"


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class DrawingTest(CliTest):
    def drawings(self, file, entity):
        for verb in ("timeline", "graph"):
            self.assertEqual(self.ok(verb, file, entity, "--svg", "out.svg").out, b'{"ok":true}\n')
            yield xml.etree.ElementTree.parse(self.path("out.svg")).getroot()

    def test_no_text_is_clipped_however_long_names_and_values_are(self):
        file = self.new_file()
        for value in ("short", "long words " * 200, "x" * 5_000, "日本語" * 300, "e\u0301" * 300, "<&>\"'" * 50):
            self.import_lines(file, [{"t": 1, "entity": "n" * 64, "attribute": "a" * 250, "value": value}])
            self.import_lines(file, [{"t": 1, "entity": "n" * 64, "attribute": "b", "value": [value] * 3}])
        for drawing in self.drawings(file, "n" * 64):
            width, height = float(drawing.get("width")), float(drawing.get("height"))
            texts = drawing.findall(f".//{SVG}text")
            self.assertGreater(len(texts), 12)
            for text in texts:
                letter = 15 if text.get("class") == "title" else 11
                right = float(text.get("x")) + columns(text.text) * letter * 0.602
                self.assertLessEqual(right, width, text.text)
                self.assertLess(float(text.get("y")), height)

    def test_a_drawing_has_both_colour_schemes_and_asks_nothing_of_others(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        for drawing in self.drawings(file, "n"):
            style = drawing.find(f"{SVG}style").text
            self.assertIn("@media (prefers-color-scheme:dark)", style)
            self.assertNotRegex(style, r"\b[A-Z]{4,}\b")  # a colour that has no value
            self.assertNotIn("url(", style)
            self.assertEqual(drawing.findall(f".//{SVG}script"), [])

    def test_a_drawing_goes_to_a_file_or_to_stdout(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1", "b", "2")
        self.write("out.svg", "what was there before, which was longer" * 1_000)
        self.ok("timeline", file, "n", "--svg", "out.svg")
        with open(self.path("out.svg"), "rb") as drawn:
            self.assertEqual(self.ok("timeline", file, "n", "--svg", "-").out, drawn.read())
        whole, one = self.ok("graph", file, "n", "--svg", "-").out, self.ok("graph", file, "n", "a", "--svg", "-").out
        self.assertIn(b">b<", whole)
        self.assertNotIn(b">b<", one)

    def test_what_cannot_be_drawn_is_refused(self):
        file = self.new_file()
        self.ok("set", file, "n", "a", "1")
        self.usage("graph", file, "n")
        self.refused("not_found", "graph", file, "m", "--svg", "out.svg")
        self.refused("not_found", "graph", file, "n", "c", "--svg", "out.svg")
        self.refused("not_found", "timeline", file, "m", "--svg", "out.svg")
        self.assertFalse(os.path.exists(self.path("out.svg")))
        self.refused("not_found", "graph", file, "n", "--svg", "nowhere/out.svg")
        self.refused("io_error", "graph", file, "n", "--svg", ".")
