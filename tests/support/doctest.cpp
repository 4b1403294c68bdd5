// The code of doctest itself. Apart from main.cpp because it cannot come out of the precompiled header.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
