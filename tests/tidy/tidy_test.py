"""Each rule of tidy.py against a small tree that keeps it and one that breaks it."""
import unittest

import tidy

HEADER = "// A thing.\n#pragma once\n"


def targets(*lines):
    return tidy.read_targets("\n".join("\t".join(line) for line in lines))


class Rules(unittest.TestCase):
    def found(self, check, *arguments):
        return list(check(*arguments))

    def assert_breaks(self, check, *arguments):
        self.assertEqual(1, len(self.found(check, *arguments)), self.found(check, *arguments))

    def assert_keeps(self, check, *arguments):
        self.assertEqual([], self.found(check, *arguments))

    def test_a_file_of_500_lines_is_kept_and_one_of_501_is_not(self):
        self.assert_keeps(tidy.check_length, {"a.cpp": "\n" * 500})
        self.assert_breaks(tidy.check_length, {"a.cpp": "\n" * 501})

    def test_unfinished_marks_are_found_as_words_only(self):
        self.assert_breaks(tidy.check_unfinished, {"a.md": "one\n- TO" + "DO: more\n"})
        self.assert_keeps(tidy.check_unfinished, {"a.md": "XXXL, todo lists\n"})

    def test_a_header_says_what_it_is_and_has_a_guard(self):
        self.assert_keeps(tidy.check_headers, {"hlc/a.h": HEADER})
        self.assert_breaks(tidy.check_headers, {"hlc/a.h": "// A thing.\n"})
        self.assert_breaks(tidy.check_headers, {"hlc/a.h": "#pragma once\n"})

    def test_walled_libraries_stay_out_of_headers(self):
        for name in ("boost/beast/core.hpp", "nlohmann/json.hpp", "SQLiteCpp/Database.h", "sqlite3.h"):
            include = f"#include <{name}>\n"
            self.assert_breaks(tidy.check_headers, {"net/a.h": HEADER + include})
            self.assert_keeps(tidy.check_headers, {"net/internal/a.h": HEADER + include, "net/a.cpp": include})

    def test_internal_headers_stay_in_their_folder_and_out_of_other_headers(self):
        include = '#include "store/internal/a.h"\n'
        self.assert_keeps(tidy.check_internal, {"store/a.cpp": include, "tests/store/a_test.cpp": include})
        self.assert_breaks(tidy.check_internal, {"client/a.cpp": include})
        self.assert_breaks(tidy.check_internal, {"store/a.h": include})

    def test_the_system_clock_is_read_in_one_file(self):
        code = "auto t = std::chrono::system_clock::now();\n"
        self.assert_keeps(tidy.check_clock, {"hlc/wall_clock.cpp": code, "a.cpp": "// no system_clock here\n"})
        self.assert_breaks(tidy.check_clock, {"tests/hlc/a_test.cpp": code})

    def test_a_folder_includes_only_what_it_may_know(self):
        self.assert_keeps(tidy.check_include_matrix, {"crdt/a.cpp": '#include "hlc/stamp.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"hlc/a.cpp": '#include "crdt/value.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"sync/a.h": '#include "store/store.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"store/a.h": '#include "bundles/bundle.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"server/a.h": '#include "client/replica.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"client/a.h": '#include "server/relay.h"\n'})

    def test_net_knows_bytes_and_errors_but_no_values(self):
        self.assert_keeps(tidy.check_include_matrix, {"net/a.h": '#include "crdt/bytes.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"net/a.h": '#include "crdt/value.h"\n'})

    def test_the_tests_of_a_layer_include_what_the_layer_may(self):
        self.assert_keeps(tidy.check_include_matrix, {"tests/crdt/a_test.cpp": '#include "hlc/stamp.h"\n'})
        self.assert_breaks(tidy.check_include_matrix, {"tests/crdt/a_test.cpp": '#include "store/store.h"\n'})

    def test_boost_lives_in_net(self):
        include = "#include <boost/asio/io_context.hpp>\n"
        self.assert_keeps(tidy.check_include_matrix, {"net/a.cpp": include})
        self.assert_breaks(tidy.check_include_matrix, {"server/a.cpp": include})

    def test_a_pure_target_is_pure_in_every_header_it_reaches(self):
        files = {"server/relay.cpp": '#include "server/plan.h"\n', "server/plan.h": HEADER, "server/log.h": HEADER}
        made_of = targets(("tidemark_relay", "source", "server/relay.cpp"))
        files["server/log.h"] += "#include <mutex>\n"
        self.assert_keeps(tidy.check_purity, files, made_of)
        files["server/plan.h"] += "#include <mutex>\n"
        self.assert_breaks(tidy.check_purity, files, made_of)

    def test_a_pure_target_draws_no_randomness_and_reads_no_clock(self):
        made_of = targets(("tidemark_sync", "source", "sync/a.cpp"))
        self.assert_breaks(tidy.check_purity, {"sync/a.cpp": "std::random_device device;\n"}, made_of)
        self.assert_breaks(tidy.check_purity, {"sync/a.cpp": "auto t = steady_clock::now();\n"}, made_of)

    def test_a_test_binary_links_its_layer_and_below_only(self):
        below = (("tidemark_crdt", "link", "tidemark_hlc"), ("tidemark_hlc", "link", "$<BUILD_INTERFACE:tidemark_options>"),
                 ("tidemark_store", "link", "tidemark_crdt"))
        self.assert_keeps(tidy.check_links, targets(*below, ("crdt_tests", "link", "tidemark_crdt")))
        self.assert_breaks(tidy.check_links, targets(*below, ("crdt_tests", "link", "tidemark_store")))
        self.assert_breaks(tidy.check_links, targets(*below, ("odd_tests", "link", "tidemark_hlc")))

    def test_links_are_followed_to_their_end(self):
        chain = targets(("tidemark_hlc", "link", "tidemark_test_main"), ("tidemark_test_main", "link", "tidemark_store"),
                        ("tidemark_store", "link", "x"), ("hlc_tests", "link", "tidemark_test_main"))
        self.assertIn("hlc_tests: links tidemark_store, which is not below it", self.found(tidy.check_links, chain))

    def test_boost_and_sqlite_are_linked_at_home(self):
        self.assert_keeps(tidy.check_links, targets(("tidemark_net", "link", "Boost::headers")))
        self.assert_breaks(tidy.check_links, targets(("tidemark_sync", "link", "$<BUILD_INTERFACE:Boost::headers>")))
        self.assert_breaks(tidy.check_links, targets(("tidemark_client", "link", "SQLiteCpp")))

    def test_every_source_is_built(self):
        lists = "tidemark_library(hlc SOURCES clock.cpp)\n"
        self.assert_keeps(tidy.check_built, {"hlc/CMakeLists.txt": lists, "hlc/clock.cpp": ""})
        self.assert_breaks(tidy.check_built, {"hlc/CMakeLists.txt": lists, "hlc/lock.cpp": ""})
        self.assert_keeps(tidy.check_built, {"fuzz/CMakeLists.txt": "tidemark_fuzz(value USES x)", "fuzz/fuzz_value.cpp": ""})


if __name__ == "__main__":
    unittest.main()
