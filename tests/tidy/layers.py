"""Who may know whom: DESIGN's folder table as data.

`targets` are CMake libraries without their tidemark_ prefix. The folders server and client hold two each: a pure half
(relay, replica) and one with threads, sockets and files.
"""

# target: (its folder, folders its files may include, libraries of ours it may link, pure)
LAYERS = {
    "hlc": ("hlc", set(), set(), True),
    "crdt": ("crdt", {"hlc"}, {"hlc"}, True),
    "bundles": ("bundles", {"hlc", "crdt"}, {"hlc", "crdt"}, True),
    "store": ("store", {"hlc", "crdt"}, {"hlc", "crdt"}, True),
    "sync": ("sync", {"hlc", "crdt", "bundles"}, {"hlc", "crdt", "bundles"}, True),
    "net": ("net", {"hlc", "sync"}, {"hlc", "crdt", "bundles", "sync"}, False),
    "relay": ("server", {"hlc", "crdt", "bundles", "store", "sync"},
              {"hlc", "crdt", "bundles", "store", "sync"}, True),
    "server": ("server", {"hlc", "crdt", "bundles", "store", "sync", "net"},
               {"hlc", "crdt", "bundles", "store", "sync", "net", "relay"}, False),
    "replica": ("client", {"hlc", "crdt", "bundles", "store", "sync"},
                {"hlc", "crdt", "bundles", "store", "sync"}, True),
    "client": ("client", {"hlc", "crdt", "bundles", "store", "sync", "net"},
               {"hlc", "crdt", "bundles", "store", "sync", "net", "replica"}, False),
    "sim": ("sim", {"hlc", "crdt", "bundles", "store", "sync", "server", "client"},
            {"hlc", "crdt", "bundles", "store", "sync", "relay", "replica"}, True),
    # No libraries: the tests of replica and relay together, which know what a simulation of them may know.
    "recovery": ("recovery", {"hlc", "crdt", "bundles", "store", "sync", "server", "client"},
                 {"hlc", "crdt", "bundles", "store", "sync", "relay", "replica"}, True),
    "engine": ("engine", {"hlc", "crdt", "bundles", "store", "sync", "server", "client"},
               {"hlc", "crdt", "bundles", "store", "sync", "relay", "replica"}, True),
    # ... and over sockets.
    "live": ("live", {"hlc", "crdt", "bundles", "store", "sync", "net", "server", "client"},
             {"hlc", "crdt", "bundles", "store", "sync", "net", "relay", "server", "replica", "client"}, False),
    # No libraries either: the tests of many replicas over a real history, and of a large file, with times.
    "graph": ("graph", {"hlc", "crdt", "bundles", "store", "sync", "client"},
              {"hlc", "crdt", "bundles", "store", "sync", "replica"}, True),
    "million": ("million", {"hlc", "crdt", "bundles", "store", "sync", "client"},
                {"hlc", "crdt", "bundles", "store", "sync", "replica"}, False),
}

# What of crdt is no data model: bytes in, errors out, the size of a message. net may know that.
ALSO_ALLOWED = {"net": {"crdt/bytes.h", "crdt/error.h", "crdt/limits.h"}}

FOLDERS = {folder for folder, _, _, _ in LAYERS.values()}

# What only some libraries may link. Their users get it at link time, through them.
EXTERNAL_HOMES = {
    "Boost::": {"net"},
    "SQLiteCpp": {"store", "relay", "server", "sim"},
    "PkgConfig::sqlite3": {"store", "relay", "server", "sim"},
}

# Includes that no header may have, so that no one pays for them or sees them who does not ask. A header below
# <folder>/internal/ is for the .cpp files of that folder only.
WALLED_INCLUDES = ("boost/beast", "nlohmann/json.hpp", "SQLiteCpp/", "sqlite3.h")

# Pure code gets time and randomness as arguments, knows no threads, and compiles with libc++ 13.
IMPURE_INCLUDES = (
    "boost/", "thread", "mutex", "shared_mutex", "condition_variable", "future", "semaphore", "latch", "barrier",
    "stop_token", "sys/socket.h", "pthread.h", "ranges", "coroutine", "memory_resource", "format", "expected",
)
IMPURE_WORDS = ("std::random_device", "std::bit_cast", "std::jthread", "std::this_thread", "steady_clock")
