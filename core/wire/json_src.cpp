// Boost.JSON compiled once; everybody else includes declarations only.
#include <boost/json/src.hpp>
